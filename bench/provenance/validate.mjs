// Validates files with @contentauth/c2pa-wasm. Usage: node validate.mjs NODE_MODULES_PARENT ANCHORS.pem
// Reads one JSON list of {path, type} on stdin, prints one JSON list of {state, failures} or {none: true}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [home, anchors] = process.argv.slice(2);
const wasm = createRequire(`${home}/x.js`).resolve("@contentauth/c2pa-wasm/c2pa.wasm");
const c2pa = await import(pathToFileURL(wasm.replace("c2pa_bg.wasm", "c2pa.js")));
c2pa.initSync({ module: readFileSync(wasm) });
const context = JSON.stringify({
  verify: { verify_trust: true, remote_manifest_fetch: false },
  trust: { trust_anchors: readFileSync(anchors, "utf8") },
});
const answers = [];
for (const { path, type } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    const reader = await c2pa.WasmReader.fromBytes(type, new Uint8Array(readFileSync(path)), context);
    const store = JSON.parse(reader.json());
    const found = store.validation_results?.activeManifest?.failure ?? [];
    answers.push({ state: store.validation_state, failures: found.map((one) => one.code) });
    reader.free();
  } catch (error) {
    answers.push({ state: "", failures: [], error: String(error).slice(0, 200) });
  }
}
console.log(JSON.stringify(answers));
