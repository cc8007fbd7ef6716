import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { ReadFile } from '../both/readFile.ts'
import type { PageEvent } from '../page/events.ts'
import type { ImportMap } from './importMap.ts'

/** What is served. */
export interface ServerOptions {
  /** Absolute path of the repository, served as `/`. */
  readonly root: string
  readonly importMap: ImportMap
  /** URL paths of the test files, compiled, in their order: one page each, `/?0` the first. */
  readonly files: readonly string[]
  readonly onEvent: (event: PageEvent) => void
}

/** A running server. */
export interface TestServer {
  readonly url: string
  stop(): void
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
}

/** Makes a page cross-origin isolated, so that it has SharedArrayBuffer. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string | Uint8Array
}

/** Serves the repository, the pages of the tests and what the pages ask of Node, on a free port of the loopback interface. */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const server = createServer((request, response) => {
    answer(options, request).then(
      (found) => send(response, found),
      (error: unknown) => send(response, textAnswer(500, error instanceof Error ? (error.stack ?? '') : String(error))),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo
  const stop = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}/`, stop }
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...ISOLATION }).end(body)
}

async function answer(options: ServerOptions, request: IncomingMessage): Promise<Answer> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (request.method === 'POST') {
    const body: unknown = JSON.parse(await bodyOf(request))
    // Both come from the pages of this server.
    if (pathname === '/report') return reported(options, body as PageEvent)
    if (pathname.startsWith('/node/')) return resultOf(options.root, pathname.slice('/node/'.length), body as unknown[])
    return textAnswer(404, `POST ${pathname}: no such address.`)
  }
  if (pathname === '/')
    return { status: 200, type: TYPES['.html'] ?? '', body: pageOf(options, Number(search.slice(1))) }
  if (pathname === '/favicon.ico') return textAnswer(204, '')
  return fileAnswer(options.root, decodeURIComponent(pathname))
}

const textAnswer = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

async function bodyOf(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function reported(options: ServerOptions, event: PageEvent): Answer {
  options.onEvent(event)
  return textAnswer(204, '')
}

/** The result of the function `name` of `both/<name>.ts`, computed in this process. */
async function resultOf(root: string, name: string, args: readonly unknown[]): Promise<Answer> {
  if (!/^[A-Za-z0-9]+$/.test(name)) return textAnswer(404, `No function "${name}".`)
  const read: ReadFile = async (path) => new Uint8Array(await readFile(join(root, path)))
  type Work = (read: ReadFile, ...args: readonly unknown[]) => Promise<unknown>
  const module = (await import(`../both/${name}.js`)) as Record<string, Work | undefined>
  const result = await module[name]?.(read, ...args)
  return { status: 200, type: TYPES['.json'] ?? '', body: JSON.stringify(result) }
}

async function fileAnswer(root: string, pathname: string): Promise<Answer> {
  const parts = pathname.split('/').slice(1)
  if (parts.some((part) => part === '' || part.startsWith('.'))) return textAnswer(404, `No file ${pathname}.`)
  try {
    const body = await readFile(join(root, ...parts))
    return { status: 200, type: TYPES[extname(pathname)] ?? 'application/octet-stream', body }
  } catch (error) {
    return textAnswer(404, `No file ${pathname}: ${String(error)}`)
  }
}

/** The page of test file `index`. Errors that nobody catches are reported from before the first module loads. */
function pageOf({ files, importMap }: ServerOptions, index: number): string {
  const next = index + 1 < files.length ? ` data-next="/?${index + 1}"` : ''
  return `<!doctype html>
<html data-file="${files[index] ?? ''}"${next}>
<meta charset="utf-8">
<title>${files[index] ?? 'no file'}</title>
<script>
const tell = (event) => void fetch('/report', { method: 'POST', body: JSON.stringify(event) })
const textOf = (error) => String(error?.stack ?? error)
addEventListener('error', (event) => tell({ kind: 'error', text: event.error ? textOf(event.error) : event.message }))
addEventListener('unhandledrejection', (event) => tell({ kind: 'error', text: textOf(event.reason) }))
for (const level of ['log', 'warn', 'error']) {
  const original = console[level]
  console[level] = (...values) => {
    original.apply(console, values)
    tell({ kind: 'console', level, text: values.map(textOf).join(' ') })
  }
}
</script>
<script type="importmap">${JSON.stringify(importMap)}</script>
<script type="module" src="/test/browser/dist/browser/page/main.js"
  onerror="tell({ kind: 'broken', text: 'The page cannot load its script or a module that it imports.' })"></script>
`
}
