// Reads a drawn chart back: its texts, and where its marks and lines stand.
import { findAll, parseXml, type Element } from './xml.ts';

/** Every text of a picture, in document order. */
export const textsOf = (svg: string): string[] =>
  findAll(parseXml(svg), 'text').map(({ text }) => text);

/** The plot area, an svg within the svg. */
export const plotOf = (svg: string): Element => findAll(findAll(parseXml(svg), 'svg')[0], 'svg')[0];

/** Centres of the round marks, in pixels of the plot area. */
export const circlesOf = (svg: string): [number, number][] =>
  findAll(plotOf(svg), 'circle').map(({ attributes }) => [
    Number(attributes['cx']),
    Number(attributes['cy']),
  ]);

/** The vertices of a path of straight pieces. */
export const verticesOf = (d: string): [number, number][] =>
  [...d.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
