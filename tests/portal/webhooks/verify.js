// Verifies what stands on standard input with the library that receivers in Node use.
const { Webhook } = require("standardwebhooks");

const { secret, headers, body } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const message = new Webhook(secret).verify(body, headers);
process.stdout.write(JSON.stringify(message));
