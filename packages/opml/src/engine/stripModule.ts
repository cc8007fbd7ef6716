import type { Node } from '../graph/node.ts'
import type { ChainPlan } from './engineChains.ts'
import type { EngineExports } from './engineModule.ts'
import type { StripModule } from './planTypes.ts'
import { COMMAND } from './planWords.ts'
import { functionModule, type SimdFunction } from './simdWriter.ts'
import { stripFunction } from './stripCode.ts'
import type { StripMember } from './stripWalk.ts'

/** What `has_strips` of a command is where code can be made for its chain. */
const BY_STRIP_RUN = 1

/** A section whose commands are complete but for their code. */
export interface StripSection {
  readonly nodes: readonly Node[]
  readonly chains: ChainPlan
  /** Words of each node's command. */
  readonly words: readonly Uint32Array[]
}

/** Makes code for the chains for which it can be made, tells their heads' commands, and puts it into the instance's table. */
export function compileStrips(
  sections: readonly StripSection[],
  p: { exports: EngineExports; memory: WebAssembly.Memory; isShared: boolean; maximumPages: number },
): StripModule | undefined {
  const table = p.exports.__indirect_function_table
  const tableBase = table.length
  const functions: SimdFunction[] = []
  for (const { nodes, chains, words } of sections) {
    const members = nodes.map((node, i) => stripMember(node, words[i] as Uint32Array))
    words.forEach((command, head) => {
      if (chains.heads[head] !== head || command[COMMAND.hasStrips] !== BY_STRIP_RUN) return
      const code = stripFunction(members.slice(head, (chains.ends[head] as number) + 1))
      if (code === undefined) return
      command[COMMAND.strips] = tableBase + functions.length
      functions.push(code)
    })
  }
  if (functions.length === 0) return undefined
  const strips = {
    module: new WebAssembly.Module(functionModule(functions, { ...p, tableBase })),
    count: functions.length,
  }
  table.grow(strips.count)
  new WebAssembly.Instance(strips.module, { env: { memory: p.memory, table } })
  return strips
}

function stripMember(node: Node, command: Uint32Array): StripMember {
  const places = [...node.operands.keys()]
  const chained = command[COMMAND.chained] as number
  return {
    node,
    operands: places.map((place) => command[COMMAND.operand + place] as number),
    out: command[COMMAND.out] as number,
    chained: places.map((place) => (chained >>> (8 * place)) & 255),
  }
}
