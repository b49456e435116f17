// SPDX-License-Identifier: LGPL-2.1-or-later
// schema.js MODULES SCHEMA FILE...: prints what of each FILE does not fit the JSON Schema. MODULES:
// the node_modules that scripts/setup has filled.
'use strict';
const fs = require('fs');
const [modules, schema, ...files] = process.argv.slice(2);
const load = require('module').createRequire(modules + '/');
const Ajv = load('ajv/dist/2020').default;

// Not strict: SARIF's schema has words of its own.
const ajv = new Ajv({ allErrors: true, strict: false });
load('ajv-formats').default(ajv);
const validate = ajv.compile(JSON.parse(fs.readFileSync(schema, 'utf8')));
let status = 0;
for (const file of files) {
	if (validate(JSON.parse(fs.readFileSync(file, 'utf8'))))
		continue;
	status = 1;
	for (const error of validate.errors.slice(0, 5))
		console.log(`${file}: ${error.instancePath} ${error.message}`);
}
process.exit(status);
