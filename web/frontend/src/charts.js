// Charts of statistics: bars on a canvas, drawn from the figures the page carries. No tooltip markup: the pages' policy
// lets no style attribute in, so tips are drawn too.
import { BarChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([BarChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const MOST_NAMES = 40;
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const written = (value) => Number(value).toLocaleString('en-US', { maximumFractionDigits: 2 });

function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${written(value / 1e6)}M`;
  return size >= 1e4 ? `${written(value / 1e3)}k` : written(value);
}

// A few names stand all, wrapped to the room each has; of many, those that fit.
const labels = (count, width) => (count <= 12 ? { interval: 0, width: (width - 80) / count - 4, overflow: 'break' } : { hideOverlap: true });

function options({ names, series, unit }, width) {
  const text = { color: token('--df-muted'), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
  const line = { lineStyle: { color: token('--df-line') } };
  const shown = names.slice(0, MOST_NAMES);
  return {
    animation: false,
    color: ['--df-blue', '--df-teal', '--df-amber'].map(token),
    textStyle: text,
    grid: { left: 8, right: 12, top: series.length > 1 ? 34 : 26, bottom: 4, containLabel: true },
    legend: series.length > 1 ? { right: 8, top: 0, icon: 'roundRect', itemWidth: 10, itemHeight: 10, textStyle: text } : undefined,
    tooltip: {
      trigger: 'axis', renderMode: 'richText', confine: true, axisPointer: { type: 'shadow' },
      backgroundColor: token('--df-surface'), borderColor: token('--df-line-strong'),
      textStyle: { ...text, color: token('--df-ink') }, valueFormatter: (value) => `${unit} ${written(value)}`.trim(),
    },
    xAxis: { type: 'category', data: shown, axisTick: { show: false }, axisLine: line, axisLabel: { ...text, ...labels(shown.length, width) } },
    yAxis: { type: 'value', name: unit, nameTextStyle: { ...text, align: 'right' }, nameGap: 10, minInterval: unit ? 0 : 1, splitLine: line, axisLabel: { ...text, formatter: short } },
    series: series.map(({ name, values }) => ({ type: 'bar', name, data: values.slice(0, MOST_NAMES), barMaxWidth: 22, itemStyle: { borderRadius: [2, 2, 0, 0] } })),
  };
}

function show(box) {
  const chart = init(box.querySelector('[data-canvas]'), null, { renderer: 'canvas' });
  chart.setOption(options(JSON.parse(box.dataset.chart), box.clientWidth));
  new ResizeObserver(() => { if (box.isConnected) chart.resize(); else chart.dispose(); }).observe(box);
}

window.DunflowCharts = { show };
