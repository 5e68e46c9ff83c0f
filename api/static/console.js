// The program of the console: signing in, and verifying a proof with what the browser itself knows of hashes and signatures.
"use strict";

// --- signing in --------------------------------------------------------------------------------------

async function ask(path, headers, body) {
  const answer = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title);
  return said;
}

async function begin(token) {
  await ask("/console/session", { Authorization: "Bearer " + token });
  location.assign("/console");
}

function signingIn(form, tell) {
  let challenge = null;
  form.elements.tenant.value = new URLSearchParams(location.search).get("tenant") || "";
  return async () => {
    const { tenant, name, password, code } = form.elements;
    const headers = tenant.value ? { "Annals-Tenant": tenant.value.trim() } : {};
    const said = challenge
      ? await ask("/api/login/second-step", headers, { challenge, code: code.value.trim() })
      : await ask("/api/login", headers, { name: name.value, password: password.value });
    if (said.access) return begin(said.access);
    challenge = said.challenge;
    form.querySelector(".later").hidden = false;
    code.required = true;
    code.focus();
    tell("Now the code that your app shows.");
  };
}

function guarded(form, tell, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    tell("");
    try {
      await work();
    } catch (error) {
      tell(error.message, "wrong");
    } finally {
      button.disabled = false;
    }
  });
}

const signIn = document.getElementById("sign-in");
if (signIn) {
  const output = document.getElementById("said");
  const tell = (words, kind = "") => {
    output.textContent = words;
    output.className = kind;
  };
  guarded(signIn, tell, signingIn(signIn, tell));
  const withToken = document.getElementById("with-token");
  guarded(withToken, tell, () => begin(withToken.elements.token.value.trim()));
}

// --- a proof, verified here: RFC 6962 and c2sp.org/tlog-checkpoint ---------------------------------------

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);
const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));

// The root that a leaf and the hashes beside its way lead up to (RFC 9162, 2.1.3.2).
async function rootOf(leaf, number, size, hashes) {
  if (number >= size) throw new Error("there is no such leaf in this tree");
  let [at, last] = [number, size - 1];
  let hash = await sha256(Uint8Array.of(0), leaf);
  for (const beside of hashes) {
    if (last === 0) throw new Error("there are more hashes than the way is long");
    if (at % 2 === 1 || at === last) {
      hash = await sha256(Uint8Array.of(1), beside, hash);
      while (at % 2 === 0 && at !== 0) {
        at = Math.floor(at / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = await sha256(Uint8Array.of(1), hash, beside);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new Error("there are fewer hashes than the way is long");
  return hash;
}

// What a checkpoint says, if the key that is told as name+id+key has signed it.
async function checkpoint(note, told) {
  const [name, id, key] = told.split(/\+(.*)/s).length > 1 ? parted(told) : [];
  if (!key) throw new Error("a key is written name+id+key");
  const raw = bytesOf(key);
  const named = (await sha256(utf8(name + "\n"), raw)).slice(0, 4);
  if ([...named].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== id) {
    throw new Error("part of this key is missing, or it was changed");
  }
  const end = note.indexOf("\n\n");
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  const publicKey = await crypto.subtle.importKey("raw", raw.slice(1), { name: "Ed25519" }, false, ["verify"]);
  for (const line of note.slice(end + 2).split("\n")) {
    const [, who, signature] = line.split(" ");
    if (who !== name) continue;
    const signed = bytesOf(signature);
    if (!same(signed.slice(0, 4), named)) continue;
    if (await crypto.subtle.verify("Ed25519", publicKey, signed.slice(4), utf8(text))) {
      if (origin !== name) throw new Error("it is the checkpoint of " + origin);
      return { size: Number(size), root: bytesOf(root) };
    }
  }
  throw new Error("the checkpoint is not signed by this key");
}

function parted(told) {
  const [name, rest] = [told.slice(0, told.indexOf("+")), told.slice(told.indexOf("+") + 1)];
  return [name, rest.slice(0, rest.indexOf("+")), rest.slice(rest.indexOf("+") + 1).trim()];
}

async function proven(given, leaf, key) {
  const head = await checkpoint(given.note, key);
  if (head.size !== given.size) throw new Error("the checkpoint is of another size than the proof");
  const root = await rootOf(utf8(leaf), given.number, given.size, given.hashes.map(bytesOf));
  if (!same(root, head.root)) throw new Error("this leaf is not in the tree that was signed");
  return `Leaf ${given.number} of ${given.size} is as it was signed.`;
}

const proof = document.getElementById("proof");
if (proof) {
  const { key, leaf } = proof.elements;
  const output = proof.querySelector("output");
  let given = null;
  const load = async () => {
    const answer = await fetch(`/console/facts/${proof.dataset.at}/proof`, { credentials: "same-origin" });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.detail);
    given = said;
    leaf.value = said.leaf;
    key.value = localStorage.getItem("key of the log") || said.signer;
  };
  const tell = (words, kind = "right") => {
    output.textContent = words;
    output.className = words ? kind : "";
  };
  const loading = load().catch((error) => tell(error.message, "wrong"));
  guarded(proof, tell, async () => {
    await loading;
    if (!given) await load();
    tell(await proven(given, leaf.value, key.value.trim()));
    localStorage.setItem("key of the log", key.value.trim());
  });
}

// --- by keyboard ---------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const first = document.querySelector("form.asked input");
    if (first) {
      event.preventDefault();
      first.focus();
    }
  }
});
