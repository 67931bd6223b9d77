import { Document, parseAllDocuments, stringify } from 'yaml'

const bodies = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown)
const list = (text: string): unknown => ({ apiVersion: 'v1', kind: 'List', items: bodies(text) })
const each = (text: string, write: (line: string, index: number) => string): string =>
  text
    .split('\n')
    .map((line, index) => (/^(?:---)?$/u.test(line) ? line : write(line, index)))
    .join('\n')
const inDocuments = (text: string, write: (body: unknown) => string): string => bodies(text).map(write).join('---\n')

/** The ways in which people write YAML. Each one writes the same objects. */
export const STYLES: Readonly<Record<string, (text: string) => string>> = {
  'as yaml prints it': (text) => text,
  CRLF: (text) => text.replaceAll('\n', '\r\n'),
  'a byte order mark': (text) => `\uFEFF${text}`,
  'no line break at the end': (text) => text.trimEnd(),
  'empty lines at the end': (text) => `${text}\n\n`,
  'spaces at the end of lines': (text) => each(text, (line) => `${line}   `),
  'a comment behind each line': (text) => each(text, (line, index) => `${line}   # line ${index}`),
  'a comment above each line': (text) =>
    each(text, (line, index) => `${/^ */u.exec(line)?.[0] ?? ''}# line ${index}\n${line}`),
  'an empty line above each line': (text) => each(text, (line) => `\n${line}`),
  'quoted keys': (text) => each(text, (line) => line.replace(/^(\s*(?:- )*)([\w./-]+):/u, `$1'$2':`)),
  'aligned values': (text) => each(text, (line) => line.replace(/^(\s*(?:- )*\w+): (?=\S)/u, '$1:     ')),
  anchors: (text) => each(text, (line) => line.replace(/^(\s*)spec:$/u, '$1spec: &spec')),
  'lists that are not indented': (text) => inDocuments(text, (body) => stringify(body, { indentSeq: false })),
  'four spaces': (text) => inDocuments(text, (body) => stringify(body, { indent: 4 })),
  'directives and document ends': (text) =>
    inDocuments(text, (body) => `%YAML 1.2\n--- # an object\n${stringify(body)}...\n`).replaceAll(
      '...\n---\n',
      '...\n',
    ),
  'flow collections': (text) => inDocuments(text, (body) => new Document(body, { flow: true }).toString()),
  'flow collections without spaces': (text) =>
    inDocuments(text, (body) => new Document(body, { flow: true }).toString({ flowCollectionPadding: false })),
  'small flow collections': (text) =>
    inDocuments(text, (body) =>
      stringify(body).replaceAll(/^( *)(\w+):\n(\1 +)(\w+): (\S+)\n(?!\3)/gmu, '$1$2: {$4:  $5}\n'),
    ),
  JSON: (text) => JSON.stringify(list(text), null, 2),
  'JSON in one line': (text) => `${JSON.stringify(list(text))}\n`,
}
