import "../../src/countenance/verify/pages/look.css";
import "../../src/countenance/verify/pages/page.css";
import "./studio.css";
import { mount } from "svelte";
import Share from "./Share.svelte";
import { ready } from "./lib/words.svelte";

await ready();
mount(Share, { target: document.getElementById("app")! });
