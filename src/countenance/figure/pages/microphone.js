"use strict";
// Sound of the microphone as 16-bit pieces of about 20 ms, only while it is asked for.
class Pieces extends AudioWorkletProcessor {
  constructor() {
    super();
    this.on = false;
    this.size = Math.round(sampleRate / 50);
    this.piece = new Int16Array(this.size);
    this.at = 0;
    this.port.onmessage = (event) => {
      if (event.data === "off" && this.at) { this.port.postMessage(this.piece.slice(0, this.at)); }
      this.on = event.data === "on";
      this.at = 0;
      if (event.data === "off") this.port.postMessage("over");
    };
  }
  process(inputs) {
    const sound = inputs[0][0];
    if (!this.on || !sound) return true;
    for (const value of sound) {
      this.piece[this.at++] = Math.max(-1, Math.min(1, value)) * 32767;
      if (this.at === this.size) { this.port.postMessage(this.piece.slice()); this.at = 0; }
    }
    return true;
  }
}
registerProcessor("pieces", Pieces);
