import { describe, expect, test } from 'vitest'
import { bytesToHex, hexToBytes } from '../core/bytes.ts'
import { keccak256 } from '../core/keccak.ts'
import { rootFromDescendants, verifyProof } from '../core/merkleProof.ts'
import type { TraceProvider } from '../dispute/traceProvider.ts'
import { CodeTree } from '../vm/codeTree.ts'
import { Interpreter } from '../vm/interpreter.ts'
import { exampleImage } from '../vm/machineTraceExample.ts'
import { setRegister } from '../vm/machineTraceFault.ts'
import { taskRun } from '../vm/taskRun.ts'
import { replayStep } from '../vm/witness.ts'
import { MachineTraceProvider, type MachineTraceProviderOptions } from './machineTraceProvider.ts'

const image = exampleImage({ rounds: 60 })

function provider(options: Partial<MachineTraceProviderOptions> = {}): MachineTraceProvider {
  return new MachineTraceProvider({
    run: taskRun(image, Uint8Array.of(3, 0, 0, 0)),
    coarseHeight: 6,
    fineHeight: 3,
    createMachine: (program) => new Interpreter(program),
    ...options,
  })
}

/** The trace under a leaf that has one. */
async function innerOf(trace: TraceProvider, leaf: bigint): Promise<TraceProvider> {
  const inner = await trace.inner(leaf)
  if (inner === null) throw new RangeError(`No trace lies under leaf ${leaf}.`)
  return inner
}

/** Walks from both roots to the first leaf that differs, by the openings of spec/06 §2 alone; checks each opening by hashing. */
async function firstDifference(a: TraceProvider, b: TraceProvider): Promise<bigint> {
  let [height, index] = [a.height, 0n]
  let roots = [await a.root(), await b.root()]
  while (height > 0) {
    const depth = height % 4 === 0 ? 4 : height % 4
    const opened = await Promise.all([a, b].map((side) => side.descendants({ height, index }, depth)))
    expect(opened.map((hashes) => bytesToHex(rootFromDescendants(hashes.map(hexToBytes))))).toEqual(roots)
    const child = opened[0].findIndex((hash, i) => hash !== opened[1][i])
    roots = opened.map((hashes) => hashes[child])
    height -= depth
    index = index * BigInt(2 ** depth) + BigInt(child)
  }
  return index
}

describe('MachineTraceProvider', () => {
  test('default: a lie is narrowed from the coarse root to the one instruction, whose witness convicts it', async () => {
    const [honest, liar] = [provider(), provider({ faults: [setRegister({ afterStep: 205, register: 9, value: 0 })] })]
    const stride = await firstDifference(honest, liar)
    expect(stride).toBe(25n) // leaf 25 is the state after 208 steps
    const [honestFine, liarFine] = [await innerOf(honest, stride), await innerOf(liar, stride)]
    const position = await firstDifference(honestFine, liarFine)
    expect(position).toBe(4n) // 25 · 8 + 4 + 1 = 205

    const witness = hexToBytes(await honestFine.sealEvidence(position))
    expect(await liarFine.sealEvidence(position)).toBe(bytesToHex(witness))
    const prestateHash = keccak256(witness.slice(0, 160))
    const next = replayStep({ prestateHash, witness, codeEnd: image.codeEnd, codeRoot: new CodeTree(image).root() })
    const leaf = (side: TraceProvider) => side.descendants({ height: 0, index: position }, 0)
    expect(await leaf(honestFine)).toEqual([bytesToHex(next)])
    expect(await leaf(liarFine)).not.toEqual([bytesToHex(next)])
    expect(await honest.outcome()).not.toBe(await liar.outcome())
  })

  test('property: a fine trace ends in its coarse leaf, and its leaves are proven against its root', async () => {
    const coarse = provider()
    for (const stride of [0n, 38n, 39n, 40n, 63n]) {
      const fine = await innerOf(coarse, stride)
      expect([await fine.outcome()]).toEqual(await coarse.descendants({ height: 0, index: stride }, 0))
      const [node] = await fine.descendants({ height: 0, index: 5n }, 0)
      const proof = { node: hexToBytes(node), position: 5, siblings: (await fine.proveLeaf(5n)).map(hexToBytes) }
      expect(verifyProof(proof, { root: hexToBytes(await fine.root()), height: 3 })).toBe(true)
      expect(await fine.joinEvidence()).toBe('0x')
      expect(fine.inner(0n)).toBeNull()
    }
  })

  test('default: join evidence is the final state proof, and the first leaf needs the slot siblings', async () => {
    const coarse = provider()
    const evidence = hexToBytes(await coarse.joinEvidence())
    const [last] = await coarse.descendants({ height: 0, index: 63n }, 0)
    expect(bytesToHex(keccak256(evidence.slice(0, 160)))).toBe(last)
    expect(bytesToHex(evidence.slice(160, 192))).toBe(await coarse.outcome())
    expect(await coarse.initialSiblings()).toHaveLength(23)
    expect(await coarse.sealEvidence(0n)).toBe('0x')
  })

  test('property: a long run pauses between slices and answers the same', async () => {
    let numPauses = 0
    const pause = async () => {
      numPauses++
    }
    const slow = provider({
      coarseHeight: 12,
      fineHeight: 1,
      run: taskRun(exampleImage({ rounds: 500 }), Uint8Array.of(3, 0, 0, 0)),
      pause,
    })
    const fast = provider({
      coarseHeight: 12,
      fineHeight: 1,
      run: taskRun(exampleImage({ rounds: 500 }), Uint8Array.of(3, 0, 0, 0)),
    })
    const [root] = await Promise.all([slow.root(), slow.outcome(), slow.prepare()])
    expect(root).toBe(await fast.root())
    expect(numPauses).toBe(4) // 2,513 steps, 1,257 strides, 256 a slice
  })

  test('error: a node outside the tree', async () => {
    await expect(provider().descendants({ height: 0, index: 64n }, 0)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[NoSuchNodeError: A tree of height 6 has no node of index 64 at height 0.]`,
    )
  })
})
