// A key of the person's own for this link alone: a passkey, or one that this browser makes and nobody can read out.
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export interface DeviceKey { did: string; pair?: CryptoKeyPair; credential?: string }

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

// Passkeys belong to a named host; an address in numbers has none.
export const passkeys = () => "PublicKeyCredential" in window && !/^[\d.]+$|:|^\[/.test(location.hostname);

const bytes = (text: string) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

export async function makePasskey(called: string): Promise<DeviceKey> {
  const made = (await navigator.credentials.create({ publicKey: {
    rp: { id: location.hostname, name: "Countenance" },
    user: { id: crypto.getRandomValues(new Uint8Array(32)), name: called, displayName: called },
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
  } })) as PublicKeyCredential;
  const spki = new Uint8Array((made.response as AuthenticatorAttestationResponse).getPublicKey()!);
  const point = spki.slice(-65); // 4, x, y
  const short = new Uint8Array([0x80, 0x24, 2 + (point[64] & 1), ...point.slice(1, 33)]);
  return { did: `did:key:z${base58(short)}`, credential: base64url(new Uint8Array(made.rawId)) };
}

// r and s of an ECDSA signature in 64 bytes, s in the lower half: one document has one spelling.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
function raw(der: Uint8Array): Uint8Array {
  const number = (at: number) => BigInt(`0x${Array.from(der.slice(at + 2, at + 2 + der[at + 1]), (one) => one.toString(16).padStart(2, "0")).join("")}`);
  const r = number(2), s = number(4 + der[3]);
  const hex = [r, s > ORDER / 2n ? ORDER - s : s].map((one) => one.toString(16).padStart(64, "0")).join("");
  return Uint8Array.from(hex.match(/../g)!, (one) => parseInt(one, 16));
}

async function assertion(credential: string, said: Uint8Array<ArrayBuffer>): Promise<string> {
  const found = (await navigator.credentials.get({ publicKey: {
    rpId: location.hostname,
    challenge: await crypto.subtle.digest("SHA-256", said),
    allowCredentials: [{ type: "public-key", id: bytes(credential) }],
    userVerification: "required",
  } })) as PublicKeyCredential;
  const answer = found.response as AuthenticatorAssertionResponse;
  return JSON.stringify({
    authenticatorData: base64url(new Uint8Array(answer.authenticatorData)),
    clientDataJSON: base64url(new Uint8Array(answer.clientDataJSON)),
    signature: base64url(raw(new Uint8Array(answer.signature))),
  });
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
  const head = JSON.stringify(key.pair
    ? { alg: "EdDSA", kid: key.did, typ: type }
    : { alg: "WebAuthn.ES256", kid: key.did, origin: location.origin, typ: type });
  const said = `${base64url(text.encode(head))}.${base64url(text.encode(payload))}`;
  const signature = key.pair
    ? new Uint8Array(await crypto.subtle.sign("Ed25519", key.pair.privateKey, text.encode(said)))
    : text.encode(await assertion(key.credential!, text.encode(said)));
  return `${said}.${base64url(signature)}`;
}
