import { describe, expect, test } from 'vitest'
import { seededRandom } from '../core/seededRandom.ts'
import { CheckpointStore } from './checkpointStore.ts'

const SEED = 5

/** Runs `numStrides` strides that write random pages out of eight; returns the store and every page after every stride. */
function record(maxBytes: number, numStrides: number) {
  const random = seededRandom(SEED)
  const store = new CheckpointStore(maxBytes)
  const pages = new Map<number, number>()
  const history: Map<number, number>[] = [new Map()]
  for (let stride = 1; stride <= numStrides; stride++) {
    const writtenPages = Array.from({ length: random.below(4) }, () => random.below(8))
    for (const page of writtenPages) pages.set(page, stride)
    history.push(new Map(pages))
    const readPage = (page: number) => new Uint8Array(4096).fill(pages.get(page) ?? 0)
    store.record(stride, { registers: new Uint32Array(32).fill(stride), writtenPages, readPage })
  }
  return { store, history }
}

/** The value that fills a page at a checkpoint; undefined for a page that was not written before it. */
function valueAt(store: CheckpointStore, page: number, index: number): number | undefined {
  return store.pageAt(page, index)?.[4095]
}

describe('CheckpointStore', () => {
  for (const maxBytes of [0, 4096, 40_960, 100_000, 2 ** 30]) {
    test(`property: every checkpoint holds its registers and pages, with ${maxBytes} bytes, seed ${SEED}`, () => {
      for (const numStrides of [1, 2, 3, 7, 64, 100, 201]) {
        const { store, history } = record(maxBytes, numStrides)
        for (let stride = 0; stride <= numStrides; stride++) {
          const index = store.indexBefore(stride)
          const at = store.strideOf(index)
          expect(at).toBeLessThanOrEqual(stride)
          expect(store.registersAt(index)?.[9]).toBe(at === 0 ? undefined : at)
          for (let page = 0; page < 8; page++) {
            expect(valueAt(store, page, index), `stride ${at}, page ${page}`).toBe(history[at].get(page))
          }
        }
      }
    })
  }

  test('default: with enough memory every stride is a checkpoint; with less they are evenly spaced', () => {
    const { store: large } = record(2 ** 30, 200)
    expect(large.strideOf(large.indexBefore(137))).toBe(137)
    const { store: small } = record(102_000, 200)
    const strides = new Set(Array.from({ length: 201 }, (_, stride) => small.strideOf(small.indexBefore(stride))))
    // 102,000 bytes are 24 pages and three times the registers: three checkpoints with all eight pages each. At a spacing of 32 there
    // would be six.
    expect([...strides]).toEqual([0, 64, 128, 192])
  })

  test('default: registers count, so that a long run that writes nothing stays in its bytes', () => {
    const store = new CheckpointStore(56_000)
    for (let stride = 1; stride <= 10_000; stride++)
      store.record(stride, { registers: new Uint32Array(32), writtenPages: [], readPage: () => new Uint8Array(4096) })
    // 100 times 560 bytes: at a spacing of 128 there are 78 checkpoints, at 64 there would be 156.
    expect(store.strideOf(store.indexBefore(10_000))).toBe(9_984)
    expect(store.indexBefore(10_000)).toBe(78)
  })

  test('edge: strides past the last checkpoint go back to it', () => {
    const { store } = record(2 ** 30, 10)
    expect(store.strideOf(store.indexBefore(2 ** 40))).toBe(10)
  })
})
