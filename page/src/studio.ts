import "../../src/countenance/verify/pages/look.css";
import "../../src/countenance/verify/pages/page.css";
import "./studio.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { ready } from "./lib/words.svelte";

await ready();
mount(App, { target: document.getElementById("app")! });
