/**
 * A page of its own from the Markdown that specifications are written in: headings, paragraphs, tables, fenced code,
 * inline code. Everything is shown as text; nothing in it becomes markup.
 */
export function htmlPage(title: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${blocksOf(markdown).map(block).join('\n')}
</body>
</html>
`;
}

const style = `
  body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
  h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin-top: 1.5rem }
  table { border-collapse: collapse; width: 100% }
  th, td { border: 1px solid #bbb; padding: .25rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; height: 1.4em }
  th { background: #f0f0f0 } th:empty { padding: 0; border-bottom: 0 }
  pre { background: #f6f6f6; border: 1px solid #ddd; padding: .75rem; overflow-x: auto }
  code { background: #f6f6f6; padding: 0 .15em }
  @page { size: A4 landscape; margin: 14mm }
  @media print { body { margin: 0; max-width: none; font-size: 9pt } tr { break-inside: avoid } h2, h3 { break-after: avoid } }
`;

/** Parts between empty lines; a fence keeps its empty lines. */
function blocksOf(markdown: string): string[] {
  const blocks: string[] = [];
  let open: string[] = [];
  let isCode = false;
  const close = () => {
    if (open.length > 0) blocks.push(open.join('\n'));
    open = [];
  };
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    if (line === '' && !isCode) close();
    else open.push(line);
  }
  close();
  return blocks;
}

function block(text: string): string {
  const heading = /^(#{1,6}) (.*)$/.exec(text);
  if (heading) return `<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`;
  if (text.startsWith('```')) return `<pre>${escaped(text.split('\n').slice(1, -1).join('\n'))}</pre>`;
  if (text.startsWith('|')) return tableOf(text.split('\n'));
  return `<p>${inline(text)}</p>`;
}

function tableOf([header = '', , ...rows]: string[]): string {
  // Apart from the body, the header stands on each page that the table is printed on.
  const row = (line: string, tag: 'th' | 'td') =>
    `<tr>${cellsOf(line)
      .map((cell) => `<${tag}>${inline(cell)}</${tag}>`)
      .join('')}</tr>`;
  const body = rows.map((line) => row(line, 'td')).join('\n');
  return `<table>\n<thead>${row(header, 'th')}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

/** `| a | b \| c |` → `a`, `b | c` */
function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

const inline = (text: string) => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
