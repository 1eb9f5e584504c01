import { scaleLinear, scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';

/** Values by day under one name. Null: there is none for that day. */
export interface Series {
  key: string;
  label: string;
  values: readonly (number | null)[];
}

export interface ChartSize {
  width: number;
  height: number;
}

export const MARGIN = { top: 8, right: 4, bottom: 22, left: 44 };
const TICKS = 3;

/** Where everything of a chart is, in pixels. */
export function shapeOf(dates: readonly string[], series: readonly Series[], { width, height }: ChartSize) {
  const highest = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const x = scalePoint(dates, [MARGIN.left, width - MARGIN.right]);
  const y = scaleLinear([0, highest], [height - MARGIN.bottom, MARGIN.top]).nice(TICKS);
  const xAt = (index: number) => x(dates[index] ?? '') ?? 0;
  const isKnown = (value: number | null) => value !== null;
  const toLine = line<number | null>(
    (_, index) => xAt(index),
    (value) => y(value ?? 0),
  ).defined(isKnown);
  const toArea = area<number | null>(
    (_, index) => xAt(index),
    y(0),
    (value) => y(value ?? 0),
  ).defined(isKnown);
  return {
    ticks: y
      .ticks(TICKS)
      .filter(Number.isInteger) // there is no half of a post
      .map((value) => ({ value, y: y(value) })),
    lines: series.map(({ key, values }) => ({ key, line: toLine(values) ?? '', area: toArea(values) ?? '' })),
    xAt,
    /** The day nearest to a place. */
    indexAt: (place: number) => {
      const step = x.step() || 1;
      return Math.max(0, Math.min(dates.length - 1, Math.round((place - MARGIN.left) / step)));
    },
    dotsAt: (index: number) =>
      series.flatMap(({ key, values }) => {
        const value = values[index] ?? null;
        return value === null ? [] : [{ key, x: xAt(index), y: y(value) }];
      }),
  };
}
