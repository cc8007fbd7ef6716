export * from './fineTraceProvider.ts'
export * from './machineTraceProvider.ts'
