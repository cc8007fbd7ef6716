import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../core/bytes.ts'
import type { Hex } from '../core/bytes.ts'
import type { InputChunkEvent, MarketEvent, RequestedEvent } from './marketEvents.ts'
import { MarketView } from './marketView.ts'
import { reduceUpload } from './uploadView.ts'

const ID = `0x${'1'.repeat(64)}` as const
const MODEL = `0x${'2'.repeat(64)}` as const
const ROOT = `0x${'3'.repeat(64)}` as const
const ALICE = `0x${'a'.repeat(40)}` as const
const BOB = `0x${'b'.repeat(40)}` as const

/** 300 bytes, encoded: 2c 01 00 00, then 0, 1, 2, … (mod 256). */
const INPUT = Uint8Array.from({ length: 300 }, (_, i) => i)
const SLOT = Uint8Array.of(0x2c, 1, 0, 0, ...INPUT)

function chunk(from: number, to: number, change: Partial<InputChunkEvent> = {}): InputChunkEvent {
  return {
    kind: 'InputChunk',
    uploader: ALICE,
    modelId: MODEL,
    inputRoot: ROOT,
    offset: BigInt(from),
    totalBytes: BigInt(SLOT.length),
    isSlot: true,
    chunk: bytesToHex(SLOT.subarray(from, to)),
    time: 5,
    ...change,
  }
}

const requested: RequestedEvent = {
  kind: 'Requested',
  taskId: ID,
  requester: ALICE,
  modelId: MODEL,
  nonce: 0n,
  inputRoot: ROOT,
  feeWei: 5n,
  deadline: 100,
  inputElsewhere: false,
  input: '0x',
  time: 6,
}

function after(...events: MarketEvent[]): { input: Hex | undefined; uploads: [string, number, number][] } {
  const view = new MarketView()
  for (const event of events) view.add(event)
  return {
    input: view.tasks.get(ID)?.input,
    uploads: [...view.uploads].map((u) => [u.uploader, u.arrivedBytes, u.totalBytes]),
  }
}

describe('MarketView', () => {
  test('default: the chunks of an upload, joined, are the input of the request that they end in', () => {
    expect(after(chunk(0, 256), chunk(256, 304), requested)).toEqual({ input: bytesToHex(INPUT), uploads: [] })
  })

  test('default: an upload that is not complete is shown, and is no input', () => {
    expect(after(chunk(0, 256))).toEqual({ input: undefined, uploads: [[ALICE, 256, 304]] })
    expect(after(chunk(0, 256), requested)).toEqual({ input: '0x', uploads: [[ALICE, 256, 304]] })
  })

  test('default: a chunk at offset 0 begins anew', () => {
    const wrong = chunk(0, 256, { chunk: bytesToHex(SLOT.slice(0, 256).fill(9, 4)) })
    const events = [wrong, chunk(0, 128), chunk(128, 256), chunk(256, 304), requested]
    expect(after(...events).input).toBe(bytesToHex(INPUT))
  })

  test('edge: uploads of others, of other models and of other inputs are other uploads', () => {
    const others = [{ uploader: BOB }, { modelId: ROOT }, { inputRoot: MODEL }] as const
    for (const other of others) {
      const events = [chunk(0, 256), chunk(0, 256, other), chunk(256, 304, other), requested]
      expect(after(...events).input).toBe('0x')
      expect(after(...events, chunk(256, 304)).uploads).toHaveLength(2)
    }
  })

  test('edge: an empty input in one call, the bytes of one call, a root alone stay what they are', () => {
    expect(after(requested).input).toBe('0x')
    expect(after({ ...requested, input: '0x01' }).input).toBe('0x01')
    expect(after({ ...requested, inputElsewhere: true }).input).toBe('0x')
  })

  test('edge: an empty input that was uploaded', () => {
    expect(after(chunk(0, 4, { chunk: '0x00000000', totalBytes: 4n }), requested)).toEqual({ input: '0x', uploads: [] })
  })

  test('default: the tensors of a program have no length word', () => {
    const part = { isSlot: false, totalBytes: 304n }
    expect(after(chunk(0, 130, part), chunk(130, 304, part), requested).input).toBe(bytesToHex(SLOT))
  })

  test('edge: the same input again is uploaded again', () => {
    const once = [chunk(0, 256), chunk(256, 304), requested]
    expect(after(...once, chunk(0, 128)).uploads).toEqual([[ALICE, 128, 304]])
  })
})

describe('reduceUpload', () => {
  test('error: what no contract lets in gives nothing, and keeps no bytes', () => {
    const first = reduceUpload(undefined, chunk(0, 256))
    expect(reduceUpload(undefined, chunk(256, 304))).toBeUndefined()
    expect(reduceUpload(first, chunk(128, 256))).toBeUndefined()
    expect(reduceUpload(first, chunk(256, 304, { offset: 2n ** 200n }))).toBeUndefined()
    expect(reduceUpload(first, chunk(256, 304, { chunk: `0x${'00'.repeat(49)}` }))).toBeUndefined()
    expect(reduceUpload(undefined, chunk(0, 3))).toBeUndefined()
  })
})
