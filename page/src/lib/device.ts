// A key of the person's own: made on their device, never to be read out, kept in this browser for this link alone.
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export interface DeviceKey { did: string; pair: CryptoKeyPair }

function base58(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  let text = "";
  for (; value > 0n; value /= 58n) text = ALPHABET[Number(value % 58n)] + text;
  return text;
}

const base64url = (bytes: Uint8Array) =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function store(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const opening = indexedDB.open("countenance", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => failed(opening.error);
  });
}

async function kept(name: string, pair?: CryptoKeyPair): Promise<CryptoKeyPair | undefined> {
  const database = await store();
  return new Promise((done, failed) => {
    const change = database.transaction("keys", pair ? "readwrite" : "readonly");
    const asked = pair ? change.objectStore("keys").put(pair, name) : change.objectStore("keys").get(name);
    change.oncomplete = () => done(pair ?? asked.result);
    change.onerror = () => failed(change.error);
  });
}

async function named(pair: CryptoKeyPair): Promise<DeviceKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { did: `did:key:z${base58(new Uint8Array([0xed, 0x01, ...raw]))}`, pair };
}

async function name(secret: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret))));
}

export async function keyFor(secret: string): Promise<DeviceKey | null> {
  const pair = await kept(await name(secret));
  return pair ? named(pair) : null;
}

export async function makeKey(secret: string): Promise<DeviceKey> {
  const found = await keyFor(secret);
  if (found) return found;
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  await kept(await name(secret), pair);
  return named(pair);
}

export async function sign(key: DeviceKey, type: string, payload: string): Promise<string> {
  const text = new TextEncoder();
  const head = JSON.stringify({ alg: "EdDSA", kid: key.did, typ: type });
  const said = `${base64url(text.encode(head))}.${base64url(text.encode(payload))}`;
  const signature = await crypto.subtle.sign("Ed25519", key.pair.privateKey, text.encode(said));
  return `${said}.${base64url(new Uint8Array(signature))}`;
}
