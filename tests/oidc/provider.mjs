// A provider of identities for tests, as ProConnect answers: claims of an agent, userinfo signed, logout.
// Its settings are one line of JSON on its standard input, and it ends with that.
import { createInterface } from 'node:readline'
import Provider from 'oidc-provider'

const lines = createInterface({ input: process.stdin })
lines.on('close', () => process.exit(0))
const settings = await new Promise((resolve) => lines.once('line', resolve))
const { port, client, secret, home, people, alg, keys } = JSON.parse(settings)
const issuer = `http://127.0.0.1:${port}`

// its own page asks a server far away for a font
function leave(context, form) {
  const button = '<button type="submit" form="op.logoutForm" name="logout" value="yes">Quitter</button>'
  context.body = `<!doctype html><html lang="fr"><title>Agents</title><h1>Quitter ?</h1>${form}${button}`
}

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client,
      client_secret: secret,
      redirect_uris: [`${home}/connexion/retour`],
      post_logout_redirect_uris: [`${home}/deconnexion/retour`],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: alg,
      userinfo_signed_response_alg: alg,
    },
  ],
  scopes: ['openid', 'given_name', 'usual_name', 'email'],
  claims: { given_name: ['given_name'], usual_name: ['usual_name'], email: ['email'], acr: null },
  acrValues: ['eidas1'],
  pkce: { methods: ['S256'], required: () => true },
  features: {
    userinfo: { enabled: true },
    jwtUserinfo: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: true, logoutSource: leave },
  },
  interactions: { url: (_, interaction) => `/agent/${interaction.uid}` },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope('openid given_name usual_name email')
    await grant.save()
    return grant
  },
  jwks: { keys },
  cookies: { keys: ['of tests alone'] },
})

// the page on which somebody says who they are: a list of people, and no password
provider.use(async (context, next) => {
  const { pathname, searchParams } = new URL(context.req.url, issuer)
  if (pathname === '/favicon.ico') return (context.status = 204)
  if (!pathname.startsWith('/agent/')) return next()
  const who = searchParams.get('who')
  if (who) {
    const result = people[who] ? { login: { accountId: who, acr: 'eidas1' } } : { error: 'access_denied' }
    return provider.interactionFinished(context.req, context.res, result)
  }
  const links = [...Object.keys(people), 'personne'].map((id) => `<li><a href="?who=${id}">${id}</a></li>`)
  context.type = 'html'
  context.body = `<!doctype html><html lang="fr"><title>Agents</title><h1>Qui êtes-vous ?</h1><ul>${links.join('')}</ul>`
})

provider.listen(port, '127.0.0.1')
