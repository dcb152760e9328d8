// The studio's API as the pages use it. Every change bears a header that no other site's page can send.
export interface Problem { code: string; detail: string; remedy: string; status: number }
export class Refused extends Error {
  constructor(public problem: Problem) { super(problem.detail); }
}

export interface Face { number: number; left: number; top: number; width: number; height: number; problem: string }
export interface Faces { kind: string; width: number; height: number; seconds: number | null; faces: Face[] }
export interface Job {
  id: string; recipe: string; title: string; state: "queued" | "running" | "done" | "failed" | "cancelled" | "deleted";
  stopping: boolean; created: string; bytes: number;
  progress: { done: number; total: number | null; rate: number | null; seconds_left: number | null } | null;
  result: { frames: number; seconds: number; size: number[]; render_id: string; warnings: string[] } | null;
  problem: { code: string; message: string; remedy: string } | null;
}
export interface Line { heading: string; text: string }
export interface Grant {
  id: string; name: string; state: "good" | "uncompared" | "not_yet" | "expired" | "revoked"; subject: string;
  signer: string; short_key: string; uses: string[]; purposes: string[]; ends: string; times: number | null;
  used: number; own: boolean; lines: Line[];
}
export interface Request {
  id: string; state: string; subject: string; created: string; expires: string; grant: string | null;
  link: string | null; qr: string | null;
}
export interface Likeness {
  id: string; name: string; made: string | null; state: Grant["state"] | "no_grant" | "no_file"; subject: string; grant: string;
  uses: string[]; ends: string | null; bytes: number;
}
export interface Receipt { at: string; deleted: Record<string, unknown>[]; proofs: Record<string, unknown>[]; root: string }
export interface Share {
  id: string; note: string; title: boolean; download: boolean; created: string; expires: string; link: string | null; qr: string | null;
}
export interface Right { kind: "public-domain" | "grant"; work?: string; basis?: string | null; grant?: string; purpose?: string | null }
export interface CampaignBody {
  title: string; original: string; words: Record<string, string>; drafts: string[]; formats: string[]; rows: Record<string, string>[];
  faces: { name: string; source: string; right: Right; face: string }[]; voices: string[]; options: unknown;
}
export interface Obstacle { code: string; message: string; remedy: string }
export interface Campaign {
  id: string; title: string; version: number; created: string; body: CampaignBody; columns: string[];
  states: Record<string, number>; missing: (Obstacle & { versions: number })[];
}
export interface Version {
  name: string; state: string; row: number | null; face: string; language: string; voice: string; shape: string; text: string;
  obstacles: Obstacle[]; basis: string; job: string | null; done: number; total: number | null;
}
export interface Entry { seq: number; at: string; kind: string; hash: string; body: Record<string, unknown> }
export interface Sample { id: string; work: string; basis: string; picture: string }
export interface Catalogue {
  samples: Sample[]; voices: { name: string; languages: string[]; quality: string }[]; purposes: string[]; max_upload: number;
}

export async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const said: Record<string, string> = { "X-Countenance": "page", ...headers };
  const data = body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body);
  if (body !== undefined && !(body instanceof Blob)) said["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers: said, body: data, credentials: "same-origin" });
  } catch {
    throw new Refused({ code: "network", detail: "", remedy: "", status: 0 });
  }
  if (answer.ok) return answer;
  let problem: Problem;
  try { problem = await answer.json(); } catch { problem = { code: "network", detail: "", remedy: "", status: answer.status }; }
  throw new Refused({ ...problem, status: answer.status });
}

export const get = async <T>(path: string): Promise<T> => (await ask("GET", path)).json();
export const post = async <T>(path: string, body?: unknown): Promise<T> => (await ask("POST", path, body)).json();

const PIECE = 8 << 20;

// tus 1.0: what breaks off goes on where it broke off.
export async function upload(file: File | Blob, name: string, told: (share: number) => void): Promise<string> {
  const title = btoa(String.fromCharCode(...new TextEncoder().encode(name.slice(0, 200))));
  const headers = { "Tus-Resumable": "1.0.0", "Upload-Length": String(file.size), "Upload-Metadata": `filename ${title}` };
  const { id } = await (await ask("POST", "/v1/uploads", undefined, headers)).json();
  let at = 0;
  for (let broken = 0; at < file.size;) {
    try {
      const answer = await ask("PATCH", `/v1/uploads/${id}`, file.slice(at, at + PIECE), {
        "Tus-Resumable": "1.0.0", "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream",
      });
      at = Number(answer.headers.get("Upload-Offset"));
      broken = 0;
    } catch (error) {
      const status = error instanceof Refused ? error.problem.status : -1;
      if (++broken > 5 || ![0, 409, 503].includes(status)) throw error;
      await new Promise((over) => setTimeout(over, 500 * 2 ** broken));
      at = Number((await ask("HEAD", `/v1/uploads/${id}`)).headers.get("Upload-Offset"));
    }
    told(at / file.size);
  }
  return id;
}

export function follow(id: string, told: (job: Job) => void): () => void {
  const source = new EventSource(`/v1/jobs/${id}/events`);
  const hear = (event: MessageEvent) => told(JSON.parse(event.data));
  source.addEventListener("job", hear);
  source.addEventListener("end", (event) => { source.close(); hear(event as MessageEvent); });
  return () => source.close();
}
