"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const chart = document.getElementById("chart");
  const canvas = chart.querySelector("canvas");
  const tip = document.getElementById("tip");
  const overview = document.getElementById("overview");
  const LEFT = 64, RIGHT = Object.values(data.levels).flat().length ? 92 : 16, GAP = 14, LANE = 22, RIBBON = 18;
  const [first, last] = data.ends;
  const floats = (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  };
  const curves = {};
  for (const [name, of] of Object.entries(data.curves)) curves[name] = of.map(([t, y]) => ({ t: floats(t), y: floats(y) }));
  const panels = [
    { name: "angle", label: "angle, deg", height: 330, up: -1, above: 0.13 },
    ...(curves.torque.length ? [{ name: "torque", label: "torque, Nm", height: 130, up: 1, above: 0.06 }] : []),
    { name: "speed", label: "speed, deg/s", height: 110, up: 1, above: 0.06 },
  ];
  const opening = data.sets.length ? [data.sets[0][1], data.sets[data.sets.length - 1][2]] : [first, last];
  let [from, to] = opening, pointer = null, drag = null, ratio = 1, wide = 0;

  /* Words. */
  const clock = (s, digits = 1) => {
    const whole = Math.round(s * 10 ** digits) / 10 ** digits;
    const minutes = Math.floor(whole / 60);
    const rest = (whole - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
    return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
  };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  let colours = {};
  const readColours = () => {
    for (const name of ["ground", "ink", "soft", "faint", "rule", "target", "target-fill", "orange", "vermillion", "purple", "extension", "hold", "flexion", "turn", "on-extension", "on-hold", "on-flexion", "on-turn"]) colours[name] = colour(name);
  };

  /* Places. */
  const across = () => wide - LEFT - RIGHT;
  const xOf = (t) => LEFT + ((t - from) / (to - from)) * across();
  const tOf = (x) => from + ((x - LEFT) / across()) * (to - from);
  const scale = (panel, top) => {
    const [low, high] = data.reach[panel.name];
    const room = high - low || 1;
    const below = low - (panel.up < 0 ? panel.above : 0.06) * room;
    const over = high + (panel.up < 0 ? 0.05 : panel.above) * room;
    return (value) => (panel.up > 0 ? top + ((over - value) / (over - below)) * panel.height : top + ((value - below) / (over - below)) * panel.height);
  };
  const index = (t, at) => {
    let low = 0, high = t.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (t[middle] < at) low = middle + 1; else high = middle;
    }
    return low;
  };
  const valueAt = (curve, at) => {
    const after = index(curve.t, at);
    if (after === 0 || after >= curve.t.length) return NaN;
    const share = (at - curve.t[after - 1]) / (curve.t[after] - curve.t[after - 1]);
    return curve.y[after - 1] + share * (curve.y[after] - curve.y[after - 1]);
  };
  const steps = (least, options) => options.find((step) => step >= least) ?? options[options.length - 1];

  /* Lines: where many samples fall on one pixel, from the least to the greatest of them. */
  const line = (to2d, curve, y, x = xOf, t0 = from, t1 = to, pixels = across()) => {
    const begin = Math.max(index(curve.t, t0) - 1, 0);
    const end = Math.min(index(curve.t, t1) + 1, curve.t.length);
    const every = Math.floor((end - begin) / (2 * pixels));
    let down = false;
    to2d.beginPath();
    const point = (i) => {
      if (Number.isNaN(curve.y[i])) down = false;
      else if (down) to2d.lineTo(x(curve.t[i]), y(curve.y[i]));
      else { to2d.moveTo(x(curve.t[i]), y(curve.y[i])); down = true; }
    };
    if (every < 2) for (let i = begin; i < end; i++) point(i);
    else for (let i = begin; i < end; i += every) {
      let low = i, high = i;
      for (let j = i; j < Math.min(i + every, end); j++) {
        if (!(curve.y[j] >= curve.y[low])) low = j;
        if (!(curve.y[j] <= curve.y[high])) high = j;
      }
      point(Math.min(low, high));
      point(Math.max(low, high));
    }
    to2d.stroke();
  };

  /* Symbols: a shape each, so that no colour has to be told from another. */
  const SHAPES = {
    failure: (g) => cross(g, 5.5, "vermillion", 3.2),
    likely: (g) => polygon(g, [[0, 6], [-6, -4.5], [6, -4.5]], null, "vermillion"),
    struggle: (g) => polygon(g, [[0, -5.5], [5, 4], [-5, 4]], null, "ink"),
    unsure: (g) => letter(g, "?"),
    unable: (g) => polygon(g, [[-5, 0], [5, 0]], null, "soft"),
    abrupt: (g) => { g.rotate(Math.PI / 4); cross(g, 5, "vermillion", 3.6); },
    other: (g) => polygon(g, [[0, -5], [5, 0], [0, 5], [-5, 0]], "purple"),
    fast: (g) => polygon(g, [[-4.5, 0], [4, -4.5], [4, 4.5]], "ink"),
    slow: (g) => polygon(g, [[4.5, 0], [-4, -4.5], [-4, 4.5]], "orange", "ink"),
    caution: (g) => polygon(g, [[-4.5, -4.5], [4.5, -4.5], [4.5, 4.5], [-4.5, 4.5]], null, "ink"),
    stop: (g) => polygon(g, [[-5, -5], [5, -5], [5, 5], [-5, 5]], "vermillion"),
    button: (g) => polygon(g, [0, 1, 2, 3, 4].map((k) => [6 * Math.sin(k * 1.2566), -6 * Math.cos(k * 1.2566)]), "vermillion"),
  };
  function polygon(g, points, fill, stroke) {
    g.beginPath();
    points.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
    if (points.length > 2) g.closePath();
    if (fill) { g.fillStyle = colours[fill]; g.fill(); }
    if (stroke) { g.strokeStyle = colours[stroke]; g.lineWidth = 1.3; g.stroke(); }
  }
  function cross(g, size, name, width) {
    g.strokeStyle = colours[name];
    g.lineWidth = width;
    g.beginPath();
    g.moveTo(-size, -size); g.lineTo(size, size); g.moveTo(size, -size); g.lineTo(-size, size);
    g.stroke();
  }
  function letter(g, text) {
    g.fillStyle = colours.ink;
    g.font = "bold 13px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(text, 0, 0);
  }
  const symbol = (g, name, x, y) => { g.save(); g.translate(x, y); g.setLineDash([]); SHAPES[name](g); g.restore(); };

  /* The chart. */
  const tall = () => panels.reduce((sum, panel) => sum + panel.height + GAP, 8) + RIBBON + 8 + LANE * data.lanes.length + 26;
  const sized = (one, height, scaleBy) => {
    one.width = Math.round(one.clientWidth * scaleBy);
    one.height = Math.round(height * scaleBy);
    one.style.height = `${height}px`;
    const g = one.getContext("2d");
    g.setTransform(scaleBy, 0, 0, scaleBy, 0, 0);
    g.lineJoin = "round";
    return g;
  };

  function draw() {
    wide = canvas.clientWidth;
    const g = sized(canvas, tall(), ratio);
    let top = 8;
    const bands = [];
    for (const panel of panels) {
      const y = scale(panel, top);
      axes(g, panel, top, y);
      inside(g, top, panel.height, () => contents(g, panel, top, y));
      bands.push([top, top + panel.height]);
      top += panel.height + GAP;
      if (panel.name === "angle") { inside(g, top - 6, RIBBON, () => ribbon(g, top - 6)); g.fillStyle = colours.soft; g.textAlign = "right"; g.textBaseline = "middle"; g.fillText("phase", LEFT - 8, top - 6 + RIBBON / 2); top += RIBBON + 2; }
    }
    inside(g, top - 4, LANE * data.lanes.length + 4, () => data.lanes.forEach(([, marks], row) => lane(g, marks, top + LANE * (row + 0.5))));
    data.lanes.forEach(([name], row) => { g.fillStyle = colours.ink; g.font = "12px system-ui, sans-serif"; g.textAlign = "right"; g.textBaseline = "middle"; g.fillText(name, LEFT - 8, top + LANE * (row + 0.5)); });
    top += LANE * data.lanes.length;
    times(g, top);
    if (pointer !== null && !drag?.moved) hair(g, top);
    if (drag?.moved) {
      g.fillStyle = colours["target-fill"];
      g.fillRect(Math.min(drag.from, drag.to), 8, Math.abs(drag.to - drag.from), top - 8);
    }
    strip();
  }

  function inside(g, top, height, doing) {
    g.save();
    g.beginPath();
    g.rect(LEFT, top, across(), height);
    g.clip();
    doing();
    g.restore();
  }

  function axes(g, panel, top, y) {
    const [low, high] = data.reach[panel.name];
    const step = steps((high - low) / (panel.height / 42), [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]);
    g.font = "12px system-ui, sans-serif";
    g.textBaseline = "middle";
    for (let value = Math.ceil((low - 0.05 * (high - low)) / step) * step; value <= high + 0.05 * (high - low); value += step) {
      g.strokeStyle = colours.rule;
      g.lineWidth = 1;
      g.beginPath(); g.moveTo(LEFT, y(value)); g.lineTo(LEFT + across(), y(value)); g.stroke();
      g.fillStyle = colours.soft;
      g.textAlign = "right";
      g.fillText(String(Math.round(value * 10) / 10).replace("-", "\u2212"), LEFT - 8, y(value));
    }
    for (const [value, words] of data.levels[panel.name]) {
      const target = panel.name === "speed";
      g.strokeStyle = target ? colours.target : colours.soft;
      g.setLineDash(target ? [2, 3] : [7, 4]);
      g.beginPath(); g.moveTo(LEFT, y(value)); g.lineTo(LEFT + across(), y(value)); g.stroke();
      g.setLineDash([]);
      g.fillStyle = target ? colours.target : colours.soft;
      g.textAlign = "left";
      g.fillText(words, LEFT + across() + 8, y(value));
    }
    g.save();
    g.translate(14, top + panel.height / 2);
    g.rotate(-Math.PI / 2);
    g.fillStyle = colours.ink;
    g.textAlign = "center";
    g.fillText(panel.label, 0, 0);
    g.restore();
  }

  function contents(g, panel, top, y) {
    if (panel.name === "angle") {
      for (const [t, angle] of data.targets) target(g, t, angle, y);
      data.repetitions.forEach(([number, extent, start], i) => {
        const x = xOf(start);
        g.strokeStyle = colours.faint;
        g.lineWidth = 0.7;
        g.beginPath(); g.moveTo(x, top); g.lineTo(x, top + panel.height); g.stroke();
        g.fillStyle = extent === "full" ? colours.ink : colours.vermillion;
        g.font = "bold 12px system-ui, sans-serif";
        g.textAlign = "left";
        g.textBaseline = "top";
        const following = data.repetitions[i + 1];
        const room = (following ? xOf(following[2]) : Infinity) - x - 6;
        const words = [extent === "full" ? number : `${number} ${extent}`, number].find((text) => g.measureText(text).width <= room);
        if (words !== undefined) g.fillText(words, x + 3, top + 2);
      });
    }
    const [raw, shown] = curves[panel.name].length > 1 ? curves[panel.name] : [null, curves[panel.name][0]];
    if (raw) { g.strokeStyle = colours.faint; g.lineWidth = 2.2; line(g, raw, y); }
    g.strokeStyle = colours.ink;
    g.lineWidth = 1.3;
    line(g, shown, y);
    if (panel.name === "angle") {
      g.fillStyle = colours.ground;
      g.strokeStyle = colours.ink;
      g.lineWidth = 1.2;
      for (const [, , , bounds] of data.repetitions) for (const at of bounds) {
        if (at < from || at > to) continue;
        g.beginPath(); g.arc(xOf(at), y(valueAt(shown, at)), 3, 0, 7); g.fill(); g.stroke();
      }
    }
    for (const [at, angle] of data.failures) {
      g.strokeStyle = colours.vermillion;
      g.lineWidth = 1.2;
      g.setLineDash([5, 3]);
      g.beginPath(); g.moveTo(xOf(at), top); g.lineTo(xOf(at), top + panel.height); g.stroke();
      g.setLineDash([]);
      if (panel.name === "angle") {
        symbol(g, "failure", xOf(at), y(angle));
        g.fillStyle = colours.vermillion;
        g.font = "bold 12px system-ui, sans-serif";
        g.textBaseline = "top";
        const words = `failure at ${Math.round(angle)}°`;
        const over = xOf(at) + 10 + g.measureText(words).width > LEFT + across();
        g.textAlign = over ? "right" : "left";
        g.fillText(words, xOf(at) + (over ? -10 : 10), y(angle) + 3);
      }
    }
  }

  function target(g, t, angle, y) {
    if (t[t.length - 1] < from || t[0] > to) return;
    g.beginPath();
    t.forEach((at, i) => g.lineTo(xOf(at), y(angle[i] - data.tolerance)));
    for (let i = t.length - 1; i >= 0; i--) g.lineTo(xOf(t[i]), y(angle[i] + data.tolerance));
    g.fillStyle = colours["target-fill"];
    g.fill();
    g.beginPath();
    t.forEach((at, i) => g.lineTo(xOf(at), y(angle[i])));
    g.strokeStyle = colours.target;
    g.lineWidth = 1;
    g.stroke();
  }

  function ribbon(g, top) {
    g.font = "11px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    for (const [, phase, begin, end] of data.stretches) {
      const x = xOf(begin), width = xOf(end) - x;
      if (x + width < LEFT || x > LEFT + across()) continue;
      g.fillStyle = colours[phase];
      g.fillRect(x + 0.5, top + 2, Math.max(width - 1, 0.5), RIBBON - 4);
      const words = width > 62 ? phase : phase[0].toUpperCase();
      g.fillStyle = colours[`on-${phase}`];
      if (width > 13) g.fillText(words, x + width / 2, top + RIBBON / 2 + 0.5);
    }
  }

  function lane(g, marks, y) {
    g.strokeStyle = colours.rule;
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(LEFT, y); g.lineTo(LEFT + across(), y); g.stroke();
    g.font = "11px system-ui, sans-serif";
    marks.forEach(([name, at, until, label], i) => {
      let x = xOf(at);
      if (until === null) symbol(g, name, x, y);
      else {
        const width = Math.max(xOf(until) - x, 3);
        g.fillStyle = colours.ground;
        g.strokeStyle = colours.soft;
        g.fillRect(x, y - 7, width, 14);
        g.strokeRect(x, y - 7, width, 14);
        g.save();
        g.beginPath(); g.rect(x, y - 7, width, 14); g.clip();
        g.beginPath();
        for (let slant = x - 14; slant < Math.min(x + width, LEFT + across()); slant += 6) { g.moveTo(slant, y + 7); g.lineTo(slant + 14, y - 7); }
        g.stroke();
        g.restore();
        x += width - 4;
      }
      const following = marks[i + 1];
      const room = Math.min(following ? xOf(following[1]) : Infinity, LEFT + across() + 6) - x - 16;
      g.textAlign = "left";
      g.textBaseline = "middle";
      g.fillStyle = colours.ink;
      if (label && g.measureText(label).width < room) g.fillText(label, x + 10, y);
    });
  }

  function times(g, top) {
    const step = steps((to - from) / (across() / 70), [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]);
    g.font = "12px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "top";
    g.strokeStyle = colours.faint;
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(LEFT, top + 0.5); g.lineTo(LEFT + across(), top + 0.5); g.stroke();
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      g.beginPath(); g.moveTo(xOf(at), top); g.lineTo(xOf(at), top + 4); g.stroke();
      g.fillStyle = colours.soft;
      g.fillText(clock(at, step < 0.1 ? 2 : step < 1 ? 1 : 0), xOf(at), top + 7);
    }
  }

  function hair(g, bottom) {
    const x = Math.min(Math.max(pointer.x, LEFT), LEFT + across());
    g.strokeStyle = colours.soft;
    g.lineWidth = 1;
    g.beginPath(); g.moveTo(x, 8); g.lineTo(x, bottom); g.stroke();
  }

  /* The whole recording below, with the part in sight. */
  function strip() {
    const g = sized(overview, 44, ratio);
    const x = (t) => LEFT + ((t - first) / (last - first)) * across();
    const [low, high] = data.reach.angle;
    g.strokeStyle = colours.soft;
    g.lineWidth = 1;
    line(g, curves.angle[1], (value) => 5 + ((value - low) / (high - low || 1)) * 34, x, first, last);
    g.fillStyle = colours["target-fill"];
    g.strokeStyle = colours.target;
    g.fillRect(x(from), 1, Math.max(x(to) - x(from), 2), 42);
    g.strokeRect(x(from), 1.5, Math.max(x(to) - x(from), 2), 41);
  }

  /* The tip. */
  function tell() {
    if (pointer === null || drag?.moved) { tip.hidden = true; return; }
    const at = Math.min(Math.max(tOf(pointer.x), from), to);
    const rows = [["", `<b>${clock(at, 2)}</b>`]];
    const stretch = data.stretches.find(([, , begin, end]) => begin <= at && at < end);
    if (stretch) rows[0][1] += ` &nbsp; rep ${stretch[0]}, ${stretch[1]}`;
    const angle = valueAt(curves.angle[1], at);
    if (!Number.isNaN(angle)) {
      let words = `${angle.toFixed(1)}°`;
      const cue = data.targets.find(([t]) => t[0] <= at && at <= t[t.length - 1]);
      if (cue) {
        const i = Math.min(Math.max(cue[0].findIndex((t) => t >= at), 0), cue[0].length - 1);
        words += `, target ${cue[1][i].toFixed(1)}°`;
      }
      rows.push(["angle", words]);
    }
    if (curves.torque.length) { const torque = valueAt(curves.torque[1], at); rows.push(["torque", Number.isNaN(torque) ? "no reading" : `${torque.toFixed(0)} Nm`]); }
    const speed = valueAt(curves.speed[0], at);
    if (!Number.isNaN(speed)) rows.push(["speed", `${Math.abs(speed).toFixed(1)} deg/s ${speed > 0.5 ? "extending" : speed < -0.5 ? "flexing" : ""}`]);
    const html = rows.map(([name, words]) => `<div>${name ? `${name} ` : ""}${words}</div>`).join("");
    tip.innerHTML = html;
    const near = data.lanes.flatMap(([, marks]) => marks).filter(([, begin, until]) => (until === null ? Math.abs(xOf(begin) - pointer.x) < 8 : begin <= at && at <= until));
    for (const [, , , , words] of near.slice(0, 4)) {
      const one = document.createElement("div");
      one.className = "words";
      one.textContent = words;
      tip.append(one);
    }
    tip.hidden = false;
    const over = pointer.x + 16 + tip.offsetWidth > wide;
    tip.style.left = `${over ? pointer.x - 16 - tip.offsetWidth : pointer.x + 16}px`;
    tip.style.top = `${Math.min(Math.max(pointer.y - tip.offsetHeight / 2, 0), canvas.clientHeight - tip.offsetHeight)}px`;
  }

  /* What is in sight. */
  let asked = false;
  const later = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; draw(); tell(); }); } };
  const show = (a, b) => {
    const span = Math.min(Math.max(b - a, 0.25), last - first);
    from = Math.min(Math.max((a + b - span) / 2, first), last - span);
    to = from + span;
    later();
  };
  const zoom = (by, at = (from + to) / 2) => show(at - (at - from) * by, at + (to - at) * by);
  const move = (by) => { const span = to - from; const begin = Math.min(Math.max(from + by * span, first), last - span); show(begin, begin + span); };
  const acts = { whole: () => show(first, last), in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.25), right: () => move(0.25) };
  if (data.sets.length > 1) {
    const before = document.querySelector("[data-do=in]");
    for (const [number, begin, end] of data.sets) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `Set ${number}`;
      button.addEventListener("click", () => show(begin, end));
      before.before(button);
    }
  }
  for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", acts[button.dataset.do]);
  const keys = { ArrowLeft: acts.left, ArrowRight: acts.right, "+": acts.in, "=": acts.in, "-": acts.out, 0: acts.whole, Home: acts.whole };
  chart.addEventListener("keydown", (event) => { const act = keys[event.key]; if (act && !event.ctrlKey && !event.metaKey) { event.preventDefault(); act(); } });
  const place = (event) => { const box = canvas.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  chart.addEventListener("pointermove", (event) => {
    pointer = place(event);
    if (drag) { drag.to = Math.min(Math.max(pointer.x, LEFT), LEFT + across()); drag.moved ||= Math.abs(drag.to - drag.from) > 5; }
    later();
  });
  chart.addEventListener("pointerleave", () => { if (!drag) { pointer = null; later(); } });
  chart.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const { x } = place(event);
    drag = { from: Math.min(Math.max(x, LEFT), LEFT + across()), to: x, moved: false };
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointerup", () => {
    const done = drag;
    drag = null;
    if (done?.moved) show(tOf(Math.min(done.from, done.to)), tOf(Math.max(done.from, done.to)));
    else later();
  });
  chart.addEventListener("pointercancel", () => { drag = null; pointer = null; later(); });
  chart.addEventListener("dblclick", acts.whole);
  chart.addEventListener("wheel", (event) => {
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); zoom(1.0015 ** event.deltaY, tOf(place(event).x)); }
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) { event.preventDefault(); move((event.deltaX || event.deltaY) / 900); }
  }, { passive: false });
  let holding = false;
  const centre = (event) => { const at = first + ((place(event).x - LEFT) / across()) * (last - first); show(at - (to - from) / 2, at + (to - from) / 2); };
  overview.addEventListener("pointerdown", (event) => { holding = true; overview.setPointerCapture(event.pointerId); centre(event); });
  overview.addEventListener("pointermove", (event) => { if (holding) centre(event); });
  for (const end of ["pointerup", "pointercancel"]) overview.addEventListener(end, () => { holding = false; });
  for (const row of document.querySelectorAll("tr[data-at]")) {
    const at = Number(row.dataset.at), until = row.dataset.to ? Number(row.dataset.to) : null;
    const go = () => { show(until === null ? at - 8 : at - 1.5, until === null ? at + 8 : until + 1.5); chart.scrollIntoView({ block: "nearest" }); };
    row.addEventListener("click", go);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") go(); });
  }

  /* The verdicts stand above the chart as well, and what the marks mean below it. */
  const verdicts = document.getElementById("verdicts");
  const headings = [...document.querySelectorAll("section h2")];
  if (headings.length === 1) {
    verdicts.append(headings[0]);
  }
  const legend = document.getElementById("legend");
  const sample = (words, paint) => {
    const item = document.createElement("li");
    const box = document.createElement("canvas");
    item.append(box, words);
    legend.append(item);
    box.width = 18 * ratio;
    box.height = 14 * ratio;
    const g = box.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(g);
  };
  const stroke = (name, width) => (g) => { g.strokeStyle = colours[name]; g.lineWidth = width; g.beginPath(); g.moveTo(1, 7); g.lineTo(17, 7); g.stroke(); };
  const fill = (name) => (g) => { g.fillStyle = colours[name]; g.fillRect(1, 2, 16, 10); };
  const explain = () => {
    legend.replaceChildren();
    sample("filtered", stroke("ink", 1.5));
    sample("raw", stroke("faint", 2.5));
    if (data.targets.length) sample(`target ± ${data.tolerance}°`, fill("target-fill"));
    if (data.repetitions.length) sample("boundaries at 5 and 95 % of the range", (g) => { g.strokeStyle = colours.ink; g.lineWidth = 1.2; g.beginPath(); g.arc(9, 7, 3, 0, 7); g.stroke(); });
    const used = new Set(data.lanes.flatMap(([, marks]) => marks.map(([name]) => name)));
    for (const [name, words] of Object.entries(data.symbols)) if (used.has(name)) sample(words, (g) => symbol(g, name, 9, 7));
  };
  const anew = (by) => { ratio = by; readColours(); explain(); draw(); tell(); };
  const screen = () => anew(window.devicePixelRatio || 1);
  window.addEventListener("resize", screen);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", screen);
  window.addEventListener("beforeprint", () => { pointer = null; anew(3); });
  window.addEventListener("afterprint", screen);
  screen();
})();
