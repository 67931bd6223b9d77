// OpenTelemetry. The set-up and its shutdown are those of the README of @opentelemetry/sdk-node. The exporters are the default ones.
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node'
import { NodeSDK } from '@opentelemetry/sdk-node'

const sdk = new NodeSDK({ instrumentations: [getNodeAutoInstrumentations()] })
sdk.start()

process.on('SIGTERM', () => {
  sdk
    .shutdown()
    .then(
      () => console.log('clean-up finished'),
      (error) => console.log('Error shutting down SDK', error),
    )
    .finally(() => process.exit(0))
})
