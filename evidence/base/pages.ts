import { mkdir, readFile, writeFile } from 'node:fs/promises'

const docs = new URL('../../docs/', import.meta.url)

/** Writes a file in `docs/`. */
export async function writePage(name: string, text: string): Promise<void> {
  await mkdir(docs, { recursive: true })
  await writeFile(new URL(name, docs), text)
  console.log(`written to docs/${name}`)
}

/** Returns the text of a file in `docs/`, or nothing if there is no such file. */
export async function readPage(name: string): Promise<string> {
  return readFile(new URL(name, docs), 'utf8').catch(() => '')
}
