import { readFileSync } from 'node:fs'
import { bytesToHex, concatBytes } from 'opml/core'
import { PortableExecutor, PortableKernels } from 'opml/engine'
import { inputWords, outputWords, programModelId, sectionWords } from 'opml/graph'
import { OPERATOR_TABLE } from 'opml/ops'
import { loadGuestImage, nodeTracedRun, ProgramClaim } from 'opml/trace'
import { exampleClaim } from 'opml/trace/example'
import { MachineTrace, Translator } from 'opml/vm'
import type { GeneratedFile } from '../generated.ts'
import { generateDisputeVectors } from './disputeVectors.ts'

/** Leaves of the example that reach each rule and each kind of reference, by position, node and block. */
const LEAVES: readonly [name: string, position: number, node: number, block: number][] = [
  ['past the last step position', 8, 0, 0],
  ['past the last node of the step', 0, 1, 0],
  ['past the last block of the output', 0, 0, 2],
  ['an input', 0, 0, 1],
  ['an earlier section as initial value, a constant', 1, 0, 0],
  ['an input and zero as initial values, a node of the step', 1, 1, 0],
  ['a node of the step alone', 1, 2, 0],
  ['the previous step, not halted', 2, 0, 1],
  ['the previous step of three nodes', 4, 1, 1],
  ['the step after the halt', 5, 1, 1],
  ['the last step of a halted section', 6, 0, 0],
  ['a block past the end after the halt', 6, 2, 1],
  ['an earlier section that halted', 7, 0, 1],
  ['a constant as initial value', 7, 1, 0],
]

/** The files of `vectors/graph`, whose form its README fixes. */
export async function generateGraphVectors(): Promise<GeneratedFile[]> {
  const guest = loadGuestImage(new Uint8Array(readFileSync('guest/images/program1.elf')))
  const example = exampleClaim({ operators: OPERATOR_TABLE, guest })
  const executor = new PortableExecutor({ kernels: new PortableKernels(), operators: OPERATOR_TABLE })
  const { program, model, inputs } = example
  const claim = new ProgramClaim({
    ...example,
    run: async (tap) => {
      executor.run(program, { ...example, tap })
    },
  })
  const judgements: object[] = []
  for (const [name, position, node, block] of LEAVES) {
    const index = claim.trace.index({ position, node, block })
    const { judgement, evidence } = await claim.judge(index)
    const answer =
      judgement.kind === 'rule'
        ? judgement.leaf
        : new MachineTrace({
            run: nodeTracedRun(guest, judgement.run),
            coarseHeight: model.coarseHeight,
            fineHeight: model.fineHeight,
            createMachine: (start) => new Translator(start),
          }).initialStateHash
    judgements.push({
      name,
      index: Number(index),
      evidence: bytesToHex(evidence),
      isDecided: judgement.kind === 'rule',
      answer: bytesToHex(answer),
    })
  }
  const { result, evidence } = await claim.result()
  const content = {
    format: 'opml.graph.1',
    model: Object.fromEntries(
      Object.entries(model).map(([key, value]) => [key, value instanceof Uint8Array ? bytesToHex(value) : value]),
    ),
    modelId: bytesToHex(programModelId(model)),
    sections: sectionWords(program).map(bytesToHex),
    outputs: outputWords(program).map(bytesToHex),
    lengths: inputWords(program).map(bytesToHex),
    input: bytesToHex(concatBytes(inputs)),
    inputRoot: bytesToHex(claim.inputRoot),
    traceRoot: bytesToHex(await claim.trace.root()),
    resultBytes: bytesToHex(concatBytes(executor.run(program, example))),
    resultEvidence: bytesToHex(evidence),
    result: bytesToHex(result),
    judgements,
  }
  return [
    { path: 'vectors/graph/judgements.json', content: `${JSON.stringify(content, null, 1)}\n` },
    await generateDisputeVectors(guest),
  ]
}
