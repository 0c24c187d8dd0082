/* global uPlot -- Draws the charts of the page: lazily, on a shared time axis, for mouse, touch and keyboard. */
(() => {
  const { charts } = JSON.parse(document.getElementById('data').textContent);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
  const drawn = new Map();

  const inUnits = (value, unit) => {
    if (value == null) return '—';
    if (unit === 'µs') return value >= 1000 ? `${number.format(value / 1000)} ms` : `${number.format(value)} µs`;
    return number.format(value) + (unit === '%' ? ' %' : unit);
  };
  const short = (value) => {
    if (value == null) return '';
    const size = Math.abs(value);
    return size >= 1e6
      ? `${+(value / 1e6).toFixed(2)}M`
      : size >= 10_000
        ? `${+(value / 1e3).toFixed(1)}k`
        : String(+value.toFixed(3));
  };

  /** Series with clocks of their own, joined on one axis; a logarithmic axis has no place for 0. */
  function joined(chart) {
    const clean = (y) => (chart.log ? y.map((v) => (v > 0 ? v : null)) : y);
    const tables = chart.times.map((t, x) => [t, ...chart.series.filter((s) => s.x === x).map((s) => clean(s.y))]);
    const used = tables.filter((table) => table.length > 1);
    return used.length === 1 ? used[0] : uPlot.join(used);
  }
  const inOrder = (chart) => chart.times.flatMap((_, x) => chart.series.filter((s) => s.x === x));

  function shade(u, chart) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { phase, from, to } of chart.phases) {
      const left = u.valToPos(from, 'x', true);
      const right = u.valToPos(to, 'x', true);
      ctx.globalAlpha = phase === 'healthy' ? 0.06 : 0.15;
      ctx.fillStyle = css(`--${phase}`);
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
    ctx.restore();
  }

  /** Predictions: dashed, named at the right end; one far outside the curve is shown only in the table. */
  function dashes(u, chart) {
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    let lastText = Number.NEGATIVE_INFINITY;
    for (const { label, y } of [...chart.lines].sort((a, b) => b.y - a.y)) {
      const at = u.valToPos(y, 'y', true);
      if (!(at >= bbox.top && at <= bbox.top + bbox.height)) continue;
      ctx.strokeStyle = ctx.fillStyle = css('--soft');
      ctx.lineWidth = 1.25 * ratio;
      ctx.setLineDash([6 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, at);
      ctx.lineTo(bbox.left + bbox.width, at);
      ctx.stroke();
      const text = `${label} ${inUnits(y, chart.unit)}`;
      // Between named curves there is most room below the line.
      const above = !chart.named && at - 18 * ratio > bbox.top && at - 18 * ratio > lastText;
      lastText = above ? at : at + 18 * ratio;
      ctx.textBaseline = above ? 'bottom' : 'top';
      ctx.fillText(text, bbox.left + bbox.width - 4 * ratio, above ? at - 3 * ratio : at + 4 * ratio);
    }
    ctx.restore();
  }

  /** A cross on the curve at each marked instant. */
  function crosses(u, chart) {
    const { ctx } = u;
    const size = 5 * (devicePixelRatio || 1);
    ctx.save();
    ctx.lineWidth = 2 * (devicePixelRatio || 1);
    for (const { label, at } of chart.marks ?? []) {
      const i = inOrder(chart).findIndex((series) => series.label === label);
      const y = u.data[i + 1];
      if (y === undefined) continue;
      let near = -1;
      for (const [index, t] of u.data[0].entries()) if (y[index] != null && t <= at) near = index;
      if (near < 0) continue;
      const [left, top] = [u.valToPos(at, 'x', true), u.valToPos(y[near], 'y', true)];
      ctx.strokeStyle = css('--exhausted');
      ctx.beginPath();
      ctx.moveTo(left - size, top - size);
      ctx.lineTo(left + size, top + size);
      ctx.moveTo(left - size, top + size);
      ctx.lineTo(left + size, top - size);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** Names at the right ends of the lines, moved apart where they would overlap. */
  function names(u, chart) {
    if (!chart.named) return;
    const { ctx, bbox } = u;
    const ratio = devicePixelRatio || 1;
    const step = 14 * ratio;
    const labels = inOrder(chart).flatMap(({ label, color }, i) => {
      const y = u.data[i + 1];
      let last = y.length - 1;
      while (last >= 0 && y[last] == null) last--;
      return last < 0 ? [] : [{ label, color, at: u.valToPos(y[last], 'y', true) }];
    });
    labels.sort((a, b) => a.at - b.at);
    for (const [i, one] of labels.entries()) one.at = Math.max(one.at, i > 0 ? labels[i - 1].at + step : bbox.top);
    const over = labels.length > 0 ? labels[labels.length - 1].at - (bbox.top + bbox.height) : 0;
    if (over > 0) for (const one of labels) one.at -= over;
    ctx.save();
    ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    for (const { label, color, at } of labels) {
      ctx.fillStyle = css(`--s${color % 8}`);
      ctx.fillText(label, bbox.left + bbox.width + 6 * ratio, at);
    }
    ctx.restore();
  }
  /** Room for the names on the right, px. */
  const nameRoom = (chart) => (chart.named ? 14 + 7.6 * Math.max(0, ...chart.series.map((s) => s.label.length)) : 8);

  function range(chart) {
    const extra = chart.lines.map((line) => line.y);
    return (_u, min, max) => {
      if (min == null || max == null) return chart.log ? [1, 10] : [0, 1];
      if (chart.log) return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.01))];
      const seen = extra.filter((y) => y <= max * 2.5);
      return [0, Math.max(max, ...seen) * 1.08 || 1];
    };
  }

  function options(chart, width) {
    const xUnit = chart.xUnit ?? 's';
    const axis = {
      stroke: css('--soft'),
      grid: { stroke: css('--grid'), width: 1 },
      ticks: { stroke: css('--grid'), width: 1 },
    };
    const series = inOrder(chart).map(({ label, color, width: thick }) => ({
      label,
      stroke: css(`--s${color % 8}`),
      width: thick ?? 1.5,
      points: { show: false },
      value: (_u, value) => inUnits(value, chart.unit),
    }));
    return {
      width,
      height: 190,
      padding: [null, Math.min(nameRoom(chart), width / 3), null, null],
      cursor: { sync: { key: chart.group }, drag: { x: true, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, ...(chart.xUnit && { range: [0, 100] }) },
        y: { distr: chart.log ? 3 : 1, range: range(chart) },
      },
      axes: [
        { ...axis, size: 34, values: (_u, ticks) => ticks.map((t) => `${t} ${xUnit}`) },
        {
          ...axis,
          size: 58,
          values: (_u, ticks) =>
            ticks.map((v) =>
              v == null ? '' : chart.unit === 'µs' ? inUnits(v, 'µs') : short(v) + (chart.unit === '%' ? ' %' : ''),
            ),
        },
      ],
      series: [
        { label: chart.xUnit ? 'occupancy' : 'time', value: (_u, t) => (t == null ? '—' : `${t.toFixed(1)} ${xUnit}`) },
        ...series,
      ],
      hooks: {
        drawAxes: [(u) => shade(u, chart)],
        draw: [(u) => dashes(u, chart), (u) => crosses(u, chart), (u) => names(u, chart)],
        // The legend has values only while the pointer is over the chart.
        setCursor: [(u) => u.root.classList.toggle('idle', u.cursor.idx == null)],
        setScale: [(u, key) => key === 'x' && zoomGroup(u, chart)],
      },
    };
  }

  let zooming = false;
  function zoomGroup(source, chart) {
    if (zooming) return;
    zooming = true;
    const { min, max } = source.scales.x;
    for (const other of drawn.values()) {
      if (other.u !== source && other.chart.group === chart.group && min != null) other.u.setScale('x', { min, max });
    }
    zooming = false;
  }

  /** The whole group's time, so that charts under each other line up also where one series ended early. */
  function extent(group) {
    const ends = charts
      .filter((c) => c.group === group)
      .flatMap((c) => c.times.filter((t) => t.length > 0).map((t) => [t[0], t[t.length - 1]]));
    return { min: Math.min(0, ...ends.map((e) => e[0])), max: Math.max(1, ...ends.map((e) => e[1])) };
  }

  function draw(figure) {
    if (drawn.has(figure) || figure.clientWidth === 0) return;
    const chart = charts[Number(figure.dataset.chart)];
    const u = new uPlot(options(chart, figure.clientWidth), joined(chart), figure);
    u.root.classList.add('idle');
    drawn.set(figure, { u, chart });
    u.setScale('x', extent(chart.group));
    for (const row of figure.querySelectorAll('.u-legend .u-series:not(:first-child) th')) {
      row.tabIndex = 0;
      row.setAttribute('role', 'button');
      row.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          event.stopPropagation();
          row.click();
        }
      });
    }
    figure.dataset.drawn = 'true';
    observeSize.observe(figure);
  }

  function redraw(figure) {
    drawn.get(figure)?.u.destroy();
    drawn.delete(figure);
    draw(figure);
  }

  const observeSize = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const known = drawn.get(target);
      if (known && target.clientWidth > 0 && known.u.width !== target.clientWidth)
        known.u.setSize({ width: target.clientWidth, height: 190 });
    }
  });
  const figures = [...document.querySelectorAll('.chart')];
  const inSight = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) draw(target);
    },
    { rootMargin: '300px' },
  );
  for (const figure of figures) inSight.observe(figure);

  function move(u, step) {
    const xs = u.data[0];
    const now = u.cursor.idx ?? (step > 0 ? -1 : xs.length);
    const to = Math.max(0, Math.min(xs.length - 1, now + step));
    u.setCursor({ left: u.valToPos(xs[to], 'x'), top: u.over.clientHeight / 2 });
  }
  function zoom(u, factor) {
    const { min, max } = u.scales.x;
    const middle = u.cursor.idx == null ? (min + max) / 2 : u.data[0][u.cursor.idx];
    u.setScale('x', { min: middle - (middle - min) * factor, max: middle + (max - middle) * factor });
  }
  document.addEventListener('keydown', (event) => {
    const known = drawn.get(event.target);
    if (!known || event.ctrlKey || event.metaKey || event.altKey) return;
    const { u, chart } = known;
    const far = event.shiftKey ? 10 : 1;
    const actions = {
      ArrowRight: () => move(u, far),
      ArrowLeft: () => move(u, -far),
      Home: () => move(u, -u.data[0].length),
      End: () => move(u, u.data[0].length),
      '+': () => zoom(u, 0.5),
      '=': () => zoom(u, 0.5),
      '-': () => zoom(u, 2),
      Escape: () => u.setScale('x', extent(chart.group)),
      0: () => u.setScale('x', extent(chart.group)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => [...drawn.keys()].forEach(redraw));
  document.addEventListener('click', async ({ target }) => {
    const text = target.dataset?.copy;
    if (text === undefined) return;
    try {
      await navigator.clipboard.writeText(text);
      target.textContent = 'copied';
    } catch {
      // Without permission for the clipboard the command is selected instead.
      getSelection().selectAllChildren(target.previousElementSibling);
    }
  });
  addEventListener('beforeprint', () => {
    for (const closed of document.querySelectorAll('details.cell, details.connection, details.doubts'))
      closed.open = true;
    figures.forEach(draw);
  });
})();
