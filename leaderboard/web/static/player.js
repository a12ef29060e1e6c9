"use strict";

// Several clips as one: they start together, and none runs ahead of another by more than a frame.
// Seeks go to the middle of a frame, and a frame counts as shown when the browser has composed it: at the edge between
// two frames, and right after `seeked`, browsers still show the one before.
const playTogether = (root) => {
  const videos = [...root.querySelectorAll("video")];
  const controls = root.querySelector(".controls");
  const [button, back, on] = ["play", "back", "on"].map((name) => controls.querySelector(`.${name}`));
  const slider = controls.querySelector("input[type=range]");
  const words = controls.querySelector("output");
  const speed = controls.querySelector(".speed");
  const again = controls.querySelector(".again");
  let usable = [];
  let leader; // the longest clip, which the others follow
  let frames = 0;
  let fps = 0;
  let frame = 0;
  let playing = false;
  let turn = 0; // of loading and seeking: what belongs to an older one is dropped

  again.checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  const once = (video, name) => new Promise((then) => video.addEventListener(name, then, { once: true }));
  const composed = (video) => new Promise((then) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => then());
    else requestAnimationFrame(() => requestAnimationFrame(then));
  });
  const soon = (promise, ms) => Promise.race([promise, new Promise((then) => setTimeout(then, ms))]);
  const lastOf = (video) => Number(video.dataset.frames) - 1;
  const middleOf = (video, k) => (Math.min(k, lastOf(video)) + 0.5) / fps;

  function tell() {
    slider.value = frame;
    words.textContent = `frame ${frame + 1} of ${frames}`;
    root.dataset.frame = frame;
    button.textContent = playing ? "Pause" : "Play";
  }

  async function show(k) {
    const mine = ++turn;
    frame = Math.max(0, Math.min(frames - 1, k));
    tell();
    await Promise.all(usable.map(async (video) => {
      const there = composed(video); // asked for before the seek, or an older frame would answer
      const sought = once(video, "seeked");
      video.currentTime = middleOf(video, frame);
      await soon(sought, 4000);
      await soon(there, 250); // a seek to the frame that is there composes nothing new
    }));
    return mine === turn;
  }

  function follow() {
    if (!playing) return;
    const rate = Number(speed.value);
    frame = Math.min(frames - 1, Math.floor(leader.currentTime * fps + 0.01));
    for (const other of usable) {
      const behind = leader.currentTime - other.currentTime;
      const even = other.ended || Math.abs(behind) < 0.4 / fps;
      const wanted = even ? rate : rate * (1 + Math.max(-0.5, Math.min(0.5, 4 * behind)));
      if (other.playbackRate !== wanted) other.playbackRate = wanted;
    }
    tell();
    if (usable.every((video) => video.ended)) ended();
    else requestAnimationFrame(follow);
  }

  async function ended() {
    playing = false;
    if (again.checked) await play(0);
    else { frame = frames - 1; tell(); }
  }

  async function play(from) {
    if (!usable.length) return;
    playing = true;
    if (!(await show(from)) || !playing) return;
    for (const video of usable) video.playbackRate = Number(speed.value);
    try {
      await Promise.all(usable.map((video) => video.play()));
    } catch (error) {
      playing = false;
      words.textContent = "this browser does not play the clips";
      button.textContent = "Play";
      return;
    }
    requestAnimationFrame(follow);
  }

  function pause() {
    playing = false;
    for (const video of usable) video.pause();
    return show(frame); // both on the same frame
  }

  const toggle = () => (playing ? pause() : play(frame >= frames - 1 ? 0 : frame));
  const step = (by) => {
    const target = frame + by;
    playing = false;
    for (const video of usable) video.pause();
    return show(target);
  };

  button.addEventListener("click", toggle);
  back.addEventListener("click", () => step(-1));
  on.addEventListener("click", () => step(1));
  slider.addEventListener("input", () => step(Number(slider.value) - frame));
  speed.addEventListener("change", () => { for (const video of usable) video.playbackRate = Number(speed.value); });
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input, a")) return;
    const does = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), Home: () => step(-frames), End: () => step(frames) };
    if (event.key === " " && !event.target.matches("button")) does[" "] = toggle;
    if (!does[event.key]) return;
    event.preventDefault();
    does[event.key]();
  });

  // The whole clip first: servers without ranges can then be sought in, and both start at the same moment.
  async function source(address) {
    if (location.protocol === "file:") return address;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return URL.createObjectURL(await answer.blob());
  }

  async function load(clips) {
    const mine = ++turn;
    playing = false;
    usable = [];
    controls.hidden = true;
    delete root.dataset.loaded;
    const loaded = await Promise.all(videos.map(async (video, index) => {
      const clip = clips[index];
      video.removeAttribute("controls");
      video.hidden = !clip;
      video.parentNode.querySelector(".absent").hidden = Boolean(clip);
      if (!clip) return false;
      try {
        const address = await source(clip.address);
        if (video.src.startsWith("blob:")) URL.revokeObjectURL(video.src);
        const there = once(video, "loadeddata");
        const refused = once(video, "error").then(() => { throw video.error; });
        video.dataset.frames = clip.frames;
        video.src = address;
        await Promise.race([there, refused]);
        return video.videoWidth > 0;
      } catch (error) {
        video.hidden = true;
        const note = video.parentNode.querySelector(".absent");
        note.hidden = false;
        note.textContent = "This browser cannot show the clip.";
        return false;
      }
    }));
    if (mine !== turn) return;
    usable = videos.filter((_, index) => loaded[index]);
    if (!usable.length) return;
    fps = clips.find(Boolean).fps;
    leader = usable.reduce((best, video) => (lastOf(video) > lastOf(best) ? video : best));
    frames = lastOf(leader) + 1;
    slider.max = frames - 1;
    controls.hidden = false;
    root.querySelector(".keys").hidden = false;
    root.tabIndex = -1;
    await show(0);
    root.dataset.loaded = usable.length;
  }

  return { load };
};
