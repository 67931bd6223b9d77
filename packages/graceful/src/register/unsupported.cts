// `--require @cloud-communal/graceful/register` gets this file from Node before 20.19 and 22.12, which cannot require ES modules.
throw new Error(
  `graceful: --require cannot load this package on Node ${process.versions.node}, because it is an ES module; ` +
    `use --import @cloud-communal/graceful/register, or Node 20.19, 22.12 or later`,
)
