// A strict reader for the small XML that figures and reports consist of. Not a validator of SVG or HTML.

/** An element with its attributes, its own text and its children. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const VOID = new Set(['meta', '!doctype']);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/**
 * Reads well-formed XML with double-quoted attributes; `<!doctype>` and HTML's `<meta>` may stay open.
 *
 * @throws Error at the first place that is not well formed
 */
export function parseXml(source: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of source.matchAll(/<(\/?)([!\w-]+)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g)) {
    const top = open[open.length - 1];
    top.text += readText(source.slice(end, match.index));
    end = match.index + match[0].length;
    const [, closing, name, list, empty] = match;
    if (closing) {
      if (top.name !== name) throw new Error(`</${name}> closes <${top.name}>`);
      open.pop();
      continue;
    }
    const pairs = [...list.matchAll(/([\w:-]+)="([^"]*)"/g)];
    const attributes = Object.fromEntries(pairs.map(([, key, value]) => [key, readText(value)]));
    if (Object.keys(attributes).length < pairs.length)
      throw new Error(`twice in <${name}>: ${list}`);
    const element: Element = { name, attributes, children: [], text: '' };
    top.children.push(element);
    if (!empty && !VOID.has(name)) open.push(element);
  }
  root.text += readText(source.slice(end));
  if (open.length > 1) throw new Error(`<${open[open.length - 1].name}> stays open`);
  return root;
}

/** All elements of a name, in document order. */
export function findAll(element: Element, name: string): Element[] {
  return element.children.flatMap((child) => [
    ...(child.name === name ? [child] : []),
    ...findAll(child, name),
  ]);
}

function readText(raw: string): string {
  if (/[<]/.test(raw)) throw new Error(`a bare < in "${raw.slice(0, 60)}"`);
  return raw.replace(/&(\w*);?/g, (entity, name: string) => {
    if (ENTITIES[name] === undefined) throw new Error(`unknown entity ${entity}`);
    return ENTITIES[name];
  });
}
