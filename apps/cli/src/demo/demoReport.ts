import Table from 'cli-table3'
import { placeText } from '@opml/node'
import { formatEther, formatSeconds } from '../amounts.ts'
import type { ScenarioReport } from './scenario.ts'

/** The reports as the line of JSON that scripts read. */
export function demoJson(reports: readonly ScenarioReport[]): object {
  return {
    scenarios: reports.map((report) => ({
      name: report.name,
      honestResultWon: report.honestResultWon,
      honestBalanceChangeWei: report.honestBalanceChangeWei.toString(),
      transactions: report.numTransactions,
      gas: Number(report.gas),
      moves: report.numMoves,
      computeSeconds: Number(report.computeSeconds.toFixed(3)),
      protocolSeconds: report.protocolSeconds,
      decidedBy: report.decidedBy,
      located: report.located?.place ?? null,
      descent: report.descent,
    })),
  }
}

/** The reports as a table for people. */
export function demoTable(reports: readonly ScenarioReport[]): string {
  const table = new Table({
    head: ['scenario', 'truth won', 'honest gain', 'matches', 'moves', 'txs', 'gas', 'calldata', 'compute', 'protocol'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const report of reports)
    table.push([
      report.name,
      report.honestResultWon ? 'yes' : 'NO',
      `${formatEther(report.honestBalanceChangeWei)}`,
      report.numMatches,
      report.numMoves,
      report.numTransactions,
      report.gas.toString(),
      report.numCalldataBytes,
      `${report.computeSeconds.toFixed(2)} s`,
      formatSeconds(report.protocolSeconds),
    ])
  return [
    table.toString(),
    'Honest gain in ether after all own transactions, at a base fee of 20 gwei. Transactions, gas and calldata: from the challenge (undisputed:',
    'the answer) to the last payment. Protocol time is chain time, which the demonstration lets pass; compute time is what it really took.',
  ].join('\n')
}

/** One line about what decided a dispute. */
export function decidedLine(report: ScenarioReport): string {
  const { level, step, instruction } = report.decidedBy
  if (level === 'rule') return 'decided by a rule: what stands there follows from the place alone'
  if (level === 'none') return 'no dispute: the window passed'
  if (level === 'clock') return 'decided by the clock: nobody answered for the lie'
  const of = report.located === null ? '' : ` of the run that computes ${placeText(report.located.place)}`
  return `decided by instruction ${step}${of}  →  ${instruction}`
}
