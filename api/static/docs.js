"use strict";

// Shows openapi.json and lets a reader try what it describes. Everything is put in as text, never as markup.

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

const table = (head, rows) =>
  make("table", {}, make("tr", {}, ...head.map((text) => make("th", { textContent: text }))),
    ...rows.map((row) => make("tr", {}, ...row.map((cell) =>
      make("td", {}, cell instanceof Node ? cell : String(cell ?? ""))))));

const resolved = (description, schema) =>
  schema && schema.$ref ? schema.$ref.slice(2).split("/").reduce((at, name) => at[name], description) : schema;

function trying(path, method, operation) {
  const inputs = new Map();
  const rows = (operation.parameters ?? []).map((parameter) => {
    const input = make("input", { value: parameter.example ?? "", required: parameter.required ?? false });
    if (parameter.name === "Idempotency-Key") input.value = crypto.randomUUID?.() ?? String(Math.random());
    if (parameter.name === "If-Match") input.value = "";
    inputs.set(parameter, input);
    return [make("code", { textContent: parameter.name }), parameter.in, parameter.description, input];
  });
  const content = operation.requestBody?.content["application/json"];
  const body = content && make("textarea", { value: pretty(content.example ?? {}) });
  const answer = make("pre", { hidden: true });
  const send = make("button", { textContent: "Send" });
  send.addEventListener("click", async () => {
    const headers = {};
    const query = new URLSearchParams();
    let url = path;
    for (const [parameter, input] of inputs) {
      if (!input.value) continue;
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (parameter.in === "query") query.set(parameter.name, input.value);
      else headers[parameter.name] = input.value;
    }
    const token = document.getElementById("token").value.trim();
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    answer.hidden = false;
    try {
      const reply = await fetch(query.size ? `${url}?${query}` : url, { method, headers, body: body?.value });
      const text = await reply.text();
      let shown = text;
      try { shown = pretty(JSON.parse(text)); } catch { /* not JSON: shown as it is */ }
      answer.textContent = `${reply.status} ${reply.statusText}\n\n${shown}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  const parts = [];
  if (rows.length) parts.push(table(["name", "in", "", ""], rows));
  if (body) parts.push(body);
  if (!(operation.responses["200"].content ?? {})["text/event-stream"]) parts.push(send, answer);
  return parts;
}

function shown(description, path, method, operation) {
  const answers = Object.entries(operation.responses).map(([status, response]) => {
    const example = Object.values(response.content ?? {})[0]?.example;
    return [status, response.description, example === undefined ? "" : make("pre", { textContent: pretty(example) })];
  });
  const schema = resolved(description, operation.requestBody?.content["application/json"].schema);
  return make("details", {},
    make("summary", {},
      make("span", { className: "method", textContent: method.toUpperCase() }),
      make("code", { className: "path", textContent: path }), ` ${operation.summary}`),
    ...(operation.description ? [make("p", { textContent: operation.description })] : []),
    ...(operation["x-permission"] ? [make("p", {}, "Needs the permission ", make("code", { textContent: operation["x-permission"] }))] : []),
    ...trying(path, method.toUpperCase(), operation),
    ...(schema ? [make("details", {}, make("summary", { textContent: "The body as JSON Schema" }), make("pre", { textContent: pretty(schema) }))] : []),
    table(["status", "", ""], answers));
}

async function show() {
  const description = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = description.info.description;
  const routes = document.getElementById("routes");
  for (const section of description.tags) {
    routes.append(make("h2", { textContent: section.name }), make("p", { textContent: section.description }));
    for (const [path, methods] of Object.entries(description.paths))
      for (const [method, operation] of Object.entries(methods))
        if (operation.tags.includes(section.name)) routes.append(shown(description, path, method, operation));
  }
}

show();
