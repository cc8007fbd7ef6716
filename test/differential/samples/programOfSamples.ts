import type { Node, Operands, Program, TensorType } from 'opml/graph'
import type { Sample } from './sample.ts'

/** One program of all samples, each operand an input of its own or, where `isConstant` says so, a constant. */
export function programOfSamples(
  samples: readonly Sample[],
  isConstant: (p: { sample: number; place: number }) => boolean,
): { program: Program; inputs: Uint8Array[]; constants: Uint8Array[] } {
  const [inputTypes, constantTypes]: [TensorType[], TensorType[]] = [[], []]
  const [inputs, constants]: [Uint8Array[], Uint8Array[]] = [[], []]
  const nodes = samples.map(({ node, operands }, sample): Node => {
    const placed = node.operands.map((operand, place) => {
      const bytes = operands[place]
      if (operand === undefined || bytes === undefined) return undefined
      const kind = isConstant({ sample, place }) ? 'constant' : 'input'
      const [types, data] = kind === 'constant' ? [constantTypes, constants] : [inputTypes, inputs]
      types.push({ name: `${kind}${types.length}`, dtype: 'u8', shape: [bytes.length] })
      data.push(bytes)
      return { ...operand, ref: { kind, index: data.length - 1 } as const }
    })
    return { ...node, operands: placed as unknown as Operands }
  })
  const outputs = nodes.map(({ dtype, shape }, node) => ({ name: `${node}`, section: 0, node, dtype, shape }))
  return {
    program: { sections: [{ nodes, steps: 1 }], constants: constantTypes, inputs: inputTypes, outputs },
    inputs,
    constants,
  }
}
