import Table from 'cli-table3'
import { type Program, numNodes, printProgram, tensorBytes } from 'opml/graph'
import { type BundleManifest, printableName } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { baseCommand } from '../baseCommand.ts'
import type { CommandFactory } from '../context.ts'
import { writeResult } from '../context.ts'
import { type ImportOptions, withImportOptions } from '../tensors/importOptions.ts'
import { type OpenModel, openModel } from '../tensors/openModel.ts'

interface Options extends ImportOptions {
  readonly text?: boolean
  readonly json?: boolean
}

/** One node as `inspect` shows it. */
interface NodeReport {
  readonly section: number
  readonly node: number
  readonly op: string
  /** In the model that the program was made from; empty where it has none. */
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** What it reads: `@k` constant, `$k` input, `%k` node. */
  readonly operands: readonly string[]
  readonly numMicroOps: number
  readonly outputBytes: number
  /** Most steps of the referee machine for one block of 128 bytes. */
  readonly costSteps: number
}

/** `opml inspect MODEL`: what a model is made of, what it commits to and what a dispute about it can cost. */
export const inspectCommand: CommandFactory = (context) =>
  withImportOptions(
    baseCommand('inspect', {
      summary: 'show a model: inputs, outputs, nodes with shapes and cost, sizes, roots, model id',
      example: 'opml inspect models/mnist-784-20-10.onnx',
    })
      .argument('<model>', 'folder of a bundle, or an ONNX file')
      .option('--text', 'print the program in its text form'),
  ).action(async (path: string, options: Options) => {
    const model = await openModel(path, options)
    if (options.text === true) return context.write(printProgram(model.program))
    const report = reportOf(model)
    writeResult(context, { isJson: options.json === true, json: report, text: textOf(report) })
  })

function reportOf({ program, manifest, quality, nodeNames, unfusedBytes }: OpenModel) {
  const nodes = nodeReports(program, nodeNames)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const { modelId, programRoot, weightsRoot, guest, heights, source, bindings } = manifest
  const report: unknown = quality === undefined ? undefined : JSON.parse(quality)
  return {
    modelId,
    programRoot,
    weightsRoot,
    guest: guest.image,
    heights,
    source,
    bindings: {
      ...bindings,
      inputs: Object.fromEntries(
        Object.entries(bindings.inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]),
      ),
    },
    inputs: manifest.inputs,
    outputs: manifest.outputs,
    numNodes: numNodes(program),
    numConstants: program.constants.length,
    weightBytes: sum(program.constants.map(({ shape, dtype }) => tensorBytes(shape, dtype))),
    inPlaceBytes: inPlaceBytes(program, manifest),
    committedBytes: sum(
      program.sections.map(
        ({ steps }, i) =>
          steps * sum(nodes.filter(({ section }) => section === i).map(({ outputBytes }) => outputBytes)),
      ),
    ),
    ...(unfusedBytes !== undefined && { unfusedBytes }),
    greatestCostSteps: nodes.reduce((most, { costSteps }) => Math.max(most, costSteps), 0),
    nodes,
    ...(report !== undefined && { quality: report }),
  }
}

function inPlaceBytes(program: Program, { constants }: BundleManifest): number {
  return program.constants.reduce(
    (total, { shape, dtype }, i) =>
      total + (constants[i]?.file.startsWith('source/') === true ? tensorBytes(shape, dtype) : 0),
    0,
  )
}

function nodeReports({ sections }: Program, names: readonly string[] = []): NodeReport[] {
  const left = [...names].reverse()
  return sections.flatMap(({ nodes }, section) =>
    nodes.map((node, number) => ({
      section,
      node: number,
      op: node.op,
      name: left.pop() ?? '',
      dtype: node.dtype,
      shape: node.shape,
      operands: node.operands.map((operand) => (operand === undefined ? '-' : refText(operand.ref))),
      numMicroOps: node.microOps.length,
      outputBytes: tensorBytes(node.shape, node.dtype),
      costSteps: OPERATOR_TABLE.named(node.op)?.costSteps(node) ?? 0,
    })),
  )
}

type Ref = NonNullable<Program['sections'][number]['nodes'][number]['operands'][0]>['ref']

function refText(ref: Ref): string {
  switch (ref.kind) {
    case 'zero':
      return '0'
    case 'constant':
      return `@${ref.index}`
    case 'input':
      return `$${ref.index}`
    case 'node':
      return `%${ref.index}`
    case 'previous':
      return `previous %${ref.index}`
    case 'section':
      return `section ${ref.section} %${ref.index}`
  }
}

type Report = ReturnType<typeof reportOf>

function textOf(report: Report): string {
  const table = new Table({
    head: ['node', 'operator', 'name', 'output', 'reads', 'micro-ops', 'bytes', 'steps a block'],
    style: { head: [], border: [] },
    // No line between the rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  const isOneSection = report.nodes.every(({ section }) => section === 0)
  for (const node of report.nodes)
    table.push([
      isOneSection ? `%${node.node}` : `${node.section} %${node.node}`,
      node.op,
      node.name,
      typeText(node),
      node.operands.join(' '),
      node.numMicroOps,
      node.outputBytes,
      node.costSteps,
    ])
  const { heights } = report
  return [
    ...report.inputs.map((input) => `input   ${printableName(input.name)}  ${typeText(input)}`),
    ...report.outputs.map((output) => `output  ${printableName(output.name)}  ${typeText(output)}`),
    table.toString(),
    `weights         ${report.weightBytes} bytes in ${report.numConstants} constants, ${report.inPlaceBytes} of them in place in ${report.source.name}`,
    `committed       ${report.committedBytes} bytes of outputs of ${report.numNodes} nodes${report.unfusedBytes === undefined ? '' : `, ${report.unfusedBytes} without fusion`}`,
    `dearest block   ${report.greatestCostSteps} steps of at most 2^${heights.coarseHeight + heights.fineHeight}`,
    `heights         steps ${heights.stepHeight}, nodes ${heights.nodeHeight}, blocks ${heights.blockHeight}, coarse ${heights.coarseHeight}, fine ${heights.fineHeight}`,
    `guest image     ${report.guest}`,
    `program root    ${report.programRoot}`,
    `weights root    ${report.weightsRoot}`,
    `model id        ${report.modelId}`,
  ].join('\n')
}

function typeText({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string {
  return `${dtype}[${shape.join(', ')}]`
}
