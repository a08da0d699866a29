// In:  an unpacked @cdktf/provider-NAME and a list of types.
// Out: on stdout, the schema of those types, in the form that
//      `terraform providers schema -json` prints.
//
// The package's code is generated and regular, so plain patterns read it:
//   synthesizeHclAttributes / …ToHclTerraform   every argument, its exact type, attribute or block
//   index.d.ts                                  whether an argument is required (no `?`)
//   "// x - computed: true, optional: false"    what only the provider fills in
// What the package lost is written by hand in lost.mjs, from the providers' documentation.
import { readFileSync } from "node:fs";
import { lost } from "./lost.mjs";

const [packageDir, typesFile] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(`${packageDir}/package.json`, "utf8"));
/** The prefix of all types: aws, google, azurerm, mongodbatlas. */
const provider = manifest.name.replace("@cdktf/provider-", "");
const LOST = lost[provider];

const fail = (message) => {
  console.error(`schema: ${message}`);
  process.exit(1);
};

const SCALARS = { string: "string", number: "number", boolean: "bool", any: "dynamic" };

/** The text between the braces that open at or after `from`. */
function body(text, from) {
  const start = text.indexOf("{", from);
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(start + 1, i);
  }
  return fail("unbalanced braces");
}

/** One type's two files, and what they say of it. */
class Source {
  constructor(directory) {
    this.directory = directory;
    this.js = readFileSync(`${packageDir}/lib/${directory}/index.js`, "utf8");
    this.dts = readFileSync(`${packageDir}/lib/${directory}/index.d.ts`, "utf8");
  }

  find(text, pattern) {
    const found = pattern.exec(text);
    return found ? found : fail(`${this.directory}: no ${pattern}`);
  }

  /** Terraform names of the required members of a configuration interface. */
  required(interfaceName) {
    const at = this.find(this.dts, new RegExp(`^export interface ${interfaceName}\\b`, "m")).index;
    const members = body(this.dts, at).matchAll(/#([a-z0-9_]+) \w+#[a-z0-9_]+\}[^/]*?\*\/\s*readonly \w+(\??):/g);
    return new Set([...members].filter(([, , optional]) => !optional).map(([, name]) => name));
  }

  /** A block's arguments: those that the given function or method writes out. */
  block(synthesis, interfaceName, outputClass) {
    const required = this.required(interfaceName);
    const attrs = body(synthesis, synthesis.indexOf("attrs = "));
    const attributes = {};
    const blockTypes = {};
    const entries = attrs.matchAll(
      /^ +(\w+): \{\s+value: (.+),\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)",/gm,
    );
    for (const [, name, value, isBlock, nesting, storage] of entries) {
      const mapper = /(\w+)ToHclTerraform\b/.exec(value.replace(/cdktf\.\w+ToHclTerraform/g, ""))?.[1];
      // A list mapper told `false` writes `x = [{ … }]`: an attribute that older configurations wrote as blocks.
      if (isBlock === "true" && !value.includes(", false)(")) {
        blockTypes[name] = this.nested(mapper, nesting, value.includes("listMapper"), required.has(name));
      } else {
        const type = mapper ? this.objectType(mapper, nesting) : plainType(name, nesting, storage);
        attributes[name] = { type, [required.has(name) ? "required" : "optional"]: true };
      }
    }
    for (const [name, type] of this.computed(outputClass)) {
      attributes[name] ??= { type, computed: true };
    }
    const result = {};
    if (Object.keys(attributes).length) result.attributes = attributes;
    if (Object.keys(blockTypes).length) result.block_types = blockTypes;
    return result;
  }

  nested(mapper, nesting, many, required) {
    const result = {
      nesting_mode: nesting === "struct" ? "single" : nesting,
      block: this.block(this.function(mapper), capital(mapper), `${capital(mapper)}OutputReference`),
    };
    if (nesting !== "struct") {
      if (required) result.min_items = 1;
      if (!many) result.max_items = 1;
    }
    return result;
  }

  /** An attribute whose value is an object or a collection of objects. */
  objectType(mapper, nesting) {
    const { attributes = {} } = this.block(this.function(mapper), capital(mapper), `${capital(mapper)}OutputReference`);
    const object = ["object", Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, v.type]))];
    return nesting === "struct" ? object : [nesting, object];
  }

  function(mapper) {
    const at = this.find(this.js, new RegExp(`^function ${mapper}ToHclTerraform\\(`, "m")).index;
    return body(this.js, at);
  }

  /** What only the provider sets in a class: its name and its type. */
  *computed(className) {
    const declared = new RegExp(`^class ${className} `, "m").exec(this.js);
    if (!declared) return;
    const text = body(this.js, declared.index);
    const note = /\/\/ (\w+) - computed: true, optional: false, required: false\s+(?:get (\w+)\(\)|this\._(\w+) = )/g;
    for (const match of text.matchAll(note)) {
      const [, name, getter, field] = match;
      yield [name, field ? this.objectsType(text, name, field) : this.getterType(body(text, match.index), name)];
    }
  }

  getterType(text, name) {
    const type = {
      getStringAttribute: "string",
      getNumberAttribute: "number",
      getBooleanAttribute: "bool",
      getListAttribute: ["list", "string"],
      getNumberListAttribute: ["list", "number"],
      getStringMapAttribute: ["map", "string"],
      getNumberMapAttribute: ["map", "number"],
      getBooleanMapAttribute: ["map", "bool"],
    }[/this\.(\w+)\(/.exec(text)?.[1]];
    if (!type) return fail(`${this.directory}: ${name} is got by ${text.trim()}`);
    return text.includes("Fn.tolist") ? ["set", type[1]] : type;
  }

  /** A computed collection: of strings, or of objects that have a class of their own. */
  objectsType(text, name, field) {
    const [, made, isSet] = this.find(text, new RegExp(`this\\._${field} = new ([\\w.]+)\\(this, "${name}"(?:, (true|false))?\\)`));
    const map = { "cdktf.StringMap": "string", "cdktf.NumberMap": "number", "cdktf.BooleanMap": "bool" }[made];
    if (map) return ["map", map];
    const [kind] = this.find(made, /(List|Map|OutputReference)$/);
    const objectClass = `${made.slice(0, -kind.length)}OutputReference`;
    const object = ["object", Object.fromEntries(this.computed(objectClass))];
    if (kind === "OutputReference") return object;
    return [kind === "Map" ? "map" : isSet === "true" ? "set" : "list", object];
  }
}

function plainType(name, nesting, storage) {
  if (nesting === "simple") return SCALARS[storage] ?? fail(`${name}: ${storage}`);
  const element = SCALARS[storage.replace(/(List|Map)$/, "")];
  return element ? [nesting, element] : fail(`${name}: ${storage}`);
}

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const pascal = (name) => name.split(/[-_]/).map(capital).join("");

/** Adds what the package lost; a name that does not exist is an error. */
function restore(key, block) {
  const mark = (name, flag, must) => {
    const attribute = block.attributes?.[name];
    if (!attribute) return must ? fail(`LOST names ${key}.${name}, which does not exist`) : undefined;
    if (flag === "sensitive" || attribute.optional) attribute[flag] = true;
    else if (must) fail(`${key}.${name} is not optional`);
  };
  LOST.computed["*"].forEach((name) => mark(name, "computed", false));
  (LOST.computed[key] ?? []).forEach((name) => mark(name, "computed", true));
  (LOST.sensitive[key] ?? []).forEach((name) => mark(name, "sensitive", true));
  for (const [name, attribute] of Object.entries(block.attributes ?? {})) {
    if (name.endsWith("_wo") && attribute.optional) attribute.write_only = true;
  }
  return block;
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

/** One line an attribute, so that a change of version reads well in a diff. */
function print(value, indent = "") {
  const isAttribute = typeof value?.type === "string" || Array.isArray(value?.type);
  if (isAttribute || value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).map(([k, v]) => `${indent} ${JSON.stringify(k)}: ${print(v, `${indent} `)}`);
  return entries.length ? `{\n${entries.join(",\n")}\n${indent}}` : "{}";
}

/** Any type of the list: each says the provider's version. */
function firstType() {
  return /^resource (\w+)$/m.exec(readFileSync(typesFile, "utf8"))[1].replaceAll("_", "-");
}

const out = {
  notice:
    `Derived by judges/terraform/schema from the npm package ${manifest.name} ${manifest.version}, ` +
    "Copyright (c) 2025 HashiCorp, Inc. This file is subject to the terms of the Mozilla Public License, v. 2.0: " +
    "a copy of it can be had at https://mozilla.org/MPL/2.0/.",
  provider_source: manifest.cdktf.provider.name.replace("registry.terraform.io/", ""),
  provider_version: /providerVersion: '([\d.]+)'/.exec(readFileSync(`${packageDir}/lib/${firstType()}/index.js`, "utf8"))[1],
  resource_schemas: {},
  data_source_schemas: {},
};

function root(directory, className, key) {
  const source = new Source(directory);
  const at = source.js.indexOf("synthesizeHclAttributes()");
  if (at < 0) fail(`${directory}: no synthesizeHclAttributes`);
  return restore(key, source.block(body(source.js, at), `${className}Config`, className));
}

out.provider = { block: root("provider", `${pascal(provider)}Provider`, "provider") };
delete out.provider.block.attributes.alias; // Terraform's own, not the provider's

for (const line of readFileSync(typesFile, "utf8").split("\n")) {
  if (!line || line.startsWith("#")) continue;
  const [kind, name] = line.split(" ");
  const isData = kind === "data";
  const directory = `${isData ? `data-${provider}-` : ""}${name.replaceAll("_", "-")}`;
  const className = `${isData ? `Data${pascal(provider)}` : ""}${pascal(name)}`;
  const key = `${isData ? "data." : ""}${provider}_${name}`;
  out[isData ? "data_source_schemas" : "resource_schemas"][`${provider}_${name}`] = { block: root(directory, className, key) };
}

const { notice, provider_source, provider_version, ...schemas } = out;
process.stdout.write(`${print({ notice, provider_source, provider_version, ...sorted(schemas) })}\n`);
