"use strict";

// Several clips as one. Two videos that play by themselves drift apart in every browser, so nothing plays by itself here:
// each frame is fetched once by a seek, and one clock draws the same frame of all clips in the same moment.
// Seeks go to the middle of a frame, and a frame counts as there when the browser has composed it: at the edge between two
// frames, and right after `seeked`, browsers still give the one before.
const playTogether = (root) => {
  const MOST_PX = 320; // of a kept frame's sides: a hundred frames of four clips are 160 MB
  const videos = [...root.querySelectorAll("video")];
  const screens = videos.map((video) => {
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    video.after(canvas);
    video.removeAttribute("controls");
    video.tabIndex = -1;
    video.setAttribute("aria-hidden", "true");
    return canvas;
  });
  const controls = root.querySelector(".controls");
  const [button, back, on] = ["play", "back", "on"].map((name) => controls.querySelector(`.${name}`));
  const slider = controls.querySelector("input[type=range]");
  const words = controls.querySelector("output");
  const speed = controls.querySelector(".speed");
  const again = controls.querySelector(".again");
  let kept = []; // of each clip its frames
  let frames = 0;
  let fps = 0;
  let frame = 0;
  let playing = false;
  let turn = 0; // what belongs to an older load is dropped

  again.checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  const once = (video, name) => new Promise((then) => video.addEventListener(name, then, { once: true }));
  const soon = (promise, ms) => Promise.race([promise, new Promise((then) => setTimeout(then, ms))]);
  const composed = (video) => new Promise((then) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(then);
    else requestAnimationFrame(() => requestAnimationFrame(then));
  });

  function draw() {
    screens.forEach((screen, index) => {
      const own = kept[index];
      if (own && own.length) screen.getContext("2d").drawImage(own[Math.min(frame, own.length - 1)], 0, 0);
    });
    slider.value = frame;
    words.textContent = `frame ${frame + 1} of ${frames}`;
    root.dataset.frame = frame;
    button.textContent = playing ? "Pause" : "Play";
  }

  function show(k) {
    playing = false;
    frame = Math.max(0, Math.min(frames - 1, k));
    draw();
  }

  function play() {
    playing = true;
    let from = frame >= frames - 1 ? 0 : frame;
    let began = null;
    let rate = Number(speed.value);
    const tick = (now) => {
      if (!playing) return;
      if (began === null || rate !== Number(speed.value)) {
        if (began !== null) from = frame;
        began = now;
        rate = Number(speed.value);
      }
      const due = from + Math.floor(((now - began) / 1000) * fps * rate);
      if (due >= frames && !again.checked) return show(frames - 1);
      frame = due % frames;
      draw();
      requestAnimationFrame(tick);
    };
    draw();
    requestAnimationFrame(tick);
  }

  const toggle = () => (playing ? show(frame) : play());
  button.addEventListener("click", toggle);
  back.addEventListener("click", () => show(frame - 1));
  on.addEventListener("click", () => show(frame + 1));
  slider.addEventListener("input", () => show(Number(slider.value)));
  root.addEventListener("keydown", (event) => {
    if (controls.hidden || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input, a")) return;
    const does = { ArrowLeft: () => show(frame - 1), ArrowRight: () => show(frame + 1), Home: () => show(0), End: () => show(frames) };
    if (!event.target.matches("button")) does[" "] = toggle;
    if (!does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });

  // The whole clip first: servers without ranges can then be sought in.
  async function source(address) {
    if (location.protocol === "file:") return address;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return URL.createObjectURL(await answer.blob());
  }

  async function frameAt(video, k, rate) {
    const there = composed(video); // asked for before the seek, or an older frame would answer
    const sought = once(video, "seeked");
    video.currentTime = (k + 0.5) / rate;
    await sought;
    await soon(there, 250); // some browsers compose nothing where the frame is there already
    const scale = Math.min(1, MOST_PX / Math.max(video.videoWidth, video.videoHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  async function fetchFrames(index, clip, mine, tell) {
    const [video, screen] = [videos[index], screens[index]];
    const note = video.parentNode.querySelector(".absent");
    video.hidden = screen.hidden = !clip;
    note.hidden = Boolean(clip);
    if (!clip) return [];
    try {
      const address = await source(clip.address);
      if (video.src.startsWith("blob:")) URL.revokeObjectURL(video.src);
      const refused = once(video, "error").then(() => { throw video.error; });
      const there = once(video, "loadeddata");
      video.src = address;
      await Promise.race([there, refused]);
      const own = [];
      for (let k = 0; k < clip.frames && mine === turn; k++) {
        own.push(await Promise.race([frameAt(video, k, clip.fps), refused]));
        if (k === 0) {
          screen.width = own[0].width;
          screen.height = own[0].height;
          screen.getContext("2d").drawImage(own[0], 0, 0);
        }
        tell();
      }
      return own;
    } catch (error) {
      video.hidden = screen.hidden = true;
      note.hidden = false;
      note.textContent = "This browser cannot show the clip.";
      return [];
    }
  }

  async function load(clips, labels) {
    const mine = ++turn;
    playing = false;
    kept = [];
    controls.hidden = !clips.some(Boolean);
    root.querySelector(".keys").hidden = controls.hidden;
    for (const one of [button, back, on, slider]) one.disabled = true;
    delete root.dataset.loaded;
    let done = 0;
    const all = clips.reduce((sum, clip) => sum + (clip ? clip.frames : 0), 0);
    const tell = () => {
      if (mine === turn) words.textContent = `loading ${Math.floor((100 * ++done) / all)} %`;
    };
    labels.forEach((label, index) => screens[index].setAttribute("aria-label", label));
    const found = await Promise.all(clips.map((clip, index) => fetchFrames(index, clip, mine, tell)));
    if (mine !== turn) return;
    kept = found;
    frames = Math.max(...kept.map((own) => own.length));
    if (!frames) {
      controls.hidden = root.querySelector(".keys").hidden = true;
      return;
    }
    fps = clips[kept.findIndex((own) => own.length === frames)].fps;
    slider.max = frames - 1;
    for (const one of [button, back, on, slider]) one.disabled = false;
    show(0);
    root.dataset.loaded = kept.filter((own) => own.length).length;
  }

  return { load };
};
