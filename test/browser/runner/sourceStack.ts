import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'

/** `text` with the places of compiled files, `http://…/x.js:1:2`, replaced by those of their sources. */
export function sourceStack(text: string, root: string): string {
  return text.replace(/http:\/\/127\.0\.0\.1:\d+(\/[^\s:)?]+\.js):(\d+):(\d+)/g, (_, path: string, line, column) => {
    const file = join(root, path)
    if (!existsSync(`${file}.map`)) return `${path.slice(1)}:${line}:${column}`
    const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
    const entry = map.findEntry(Number(line) - 1, Number(column) - 1)
    if (!('originalSource' in entry)) return `${path.slice(1)}:${line}:${column}`
    const source = relative(root, resolve(dirname(file), entry.originalSource))
    return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  })
}
