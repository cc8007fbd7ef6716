import * as root from 'opml'
import * as chain from 'opml/chain'
import * as core from 'opml/core'
import * as dispute from 'opml/dispute'
import * as simulation from 'opml/dispute/simulation'
import * as engine from 'opml/engine'
import * as graph from 'opml/graph'
import * as importers from 'opml/importers'
import * as ops from 'opml/ops'
import * as trace from 'opml/trace'
import * as traceExample from 'opml/trace/example'
import * as vm from 'opml/vm'
import { readJson } from './page/host.ts'
import { expect, test } from './page/testApi.ts'

const ENTRIES: Record<string, object> = {
  '.': root,
  './chain': chain,
  './core': core,
  './dispute': dispute,
  './dispute/simulation': simulation,
  './engine': engine,
  './graph': graph,
  './importers': importers,
  './ops': ops,
  './trace': trace,
  './trace/example': traceExample,
  './vm': vm,
}

test('default: the page is isolated and has shared memory', () => {
  expect(crossOriginIsolated).toBe(true)
  expect(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer).toBeInstanceOf(SharedArrayBuffer)
})

test('default: every entry point of the package loads as it is shipped, with an import map and no bundler', async () => {
  const { exports } = await readJson<{ exports: object }>('packages/opml/package.json')
  expect(Object.keys(exports).sort()).toEqual(Object.keys(ENTRIES).sort())
  for (const [path, module] of Object.entries(ENTRIES)) expect(Object.keys(module).length, path).toBeGreaterThan(0)
})

test('default: nothing of Node is there to lean on', () => {
  expect(Reflect.get(globalThis, 'process')).toBeUndefined()
  expect(Reflect.get(globalThis, 'Buffer')).toBeUndefined()
})
