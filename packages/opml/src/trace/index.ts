export * from './fineTraceProvider.ts'
export * from './machineTraceProvider.ts'
export * from './guestImage.ts'
