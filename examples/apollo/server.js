// Apollo Server with Express. The shutdown is the plugin of "Drain HTTP Server Plugin" in its documentation; Apollo listens to SIGTERM.
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import cors from 'cors'
import express from 'express'

const pool = { end: () => sleep(200) }

const typeDefs = 'type Query { work(id: ID!, ms: Int!): String }'
const resolvers = {
  Query: {
    async work(_, { id, ms }) {
      await sleep(ms)
      return `work ${id} done`
    },
  },
}

const app = express()
const httpServer = http.createServer(app)
const server = new ApolloServer({
  typeDefs,
  resolvers,
  plugins: [
    ApolloServerPluginDrainHttpServer({ httpServer }),
    {
      async serverWillStart() {
        return {
          async serverWillStop() {
            await pool.end()
            console.log('clean-up finished')
          },
        }
      },
    },
  ],
})
await server.start()
app.use('/', cors(), express.json(), expressMiddleware(server))
await new Promise((resolve) => httpServer.listen({ port: process.env.PORT }, resolve))
