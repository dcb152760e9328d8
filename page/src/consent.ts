import "../../src/countenance/verify/pages/look.css";
import "../../src/countenance/verify/pages/page.css";
import "./studio.css";
import { mount } from "svelte";
import Consent from "./Consent.svelte";
import { ready } from "./lib/words.svelte";

await ready();
mount(Consent, { target: document.getElementById("app")! });
