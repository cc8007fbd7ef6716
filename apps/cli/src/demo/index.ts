export * from './demoFiles.ts'
export * from './scenario.ts'
export * from './scenarios.ts'
export * from './stage.ts'
