// A `db` that writes down what a script for mongosh asks, and refuses what a server would.
// in:  node judges/mongodb.mjs FILE...: scripts, run in their order, then all once more; a file `NAME.json` among them holds
//      what `--eval` would have said (members of a set, hosts of shards) for those behind it
// out: JSON: collections, indexes, views, roles, users, shards and zones
// promises: exit code 1 with a reason for an action, a resource, an index or a name that MongoDB does not know, and where
//           the second run changes anything. No server can be had; this holds what the manual says of the commands used.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

// Actions of the manual's page "Privilege actions" that a tenant's or an application's role could be given.
const ACTIONS = new Set([
  "find", "insert", "update", "remove", "changeStream", "listIndexes", "listCollections", "collStats", "dbStats",
  "createIndex", "dropIndex", "createCollection", "dropCollection", "collMod", "convertToCapped", "indexStats", "planCacheRead",
  "killCursors", "validate", "dbHash", "renameCollectionSameDB", "bypassDocumentValidation", "useUUID",
]);
const CHOICES = new Set([
  "name", "unique", "expireAfterSeconds", "partialFilterExpression", "sparse", "hidden", "collation", "wildcardProjection",
  "default_language", "weights",
]);
const state = { collections: {}, indexes: {}, views: {}, roles: {}, users: {}, shards: {}, zones: [], erased: [], set: null, hosts: {}, zoned: {} };
const refuse = (why) => { throw new Error(why); };

function databaseName(name) {
  if (typeof name !== "string" || name === "" || name.length > 63 || /[/\\. "$*<>:|?\0]/.test(name)) refuse(`no database can be called ${JSON.stringify(name)}`);
  return name;
}

function checkIndex(keys, choices, others) {
  const fields = Object.entries(keys);
  if (fields.length === 0) refuse("an index without fields");
  for (const [field, kind] of fields) {
    if (![1, -1, "text", "2dsphere", "hashed"].includes(kind)) refuse(`no index of kind ${JSON.stringify(kind)}`);
    if (field.startsWith("$") && field !== "$**") refuse(`no field can be called ${field}`);
  }
  for (const name of Object.keys(choices)) if (!CHOICES.has(name)) refuse(`createIndex knows no ${name}`);
  const has = (kind) => fields.some(([, value]) => value === kind);
  const wild = fields.some(([field]) => field.endsWith("$**"));
  if (choices.unique && (has("hashed") || wild || has("text"))) refuse("this kind of index can't be unique");
  if (choices.expireAfterSeconds !== undefined) {
    if (!Number.isInteger(choices.expireAfterSeconds) || choices.expireAfterSeconds < 0 || choices.expireAfterSeconds > 2147483647) refuse("a time to live is 0 to 2147483647 seconds");
    if (fields.length !== 1 || wild || has("text")) refuse("an index with a time to live has one field");
  }
  if (wild && fields.length > 1) refuse("a wildcard index has one field");
  if (has("text") && others.some((other) => Object.values(other.keys).includes("text"))) refuse("a collection has one text index");
}

function checkPrivileges(privileges) {
  for (const { resource, actions, ...more } of privileges) {
    if (Object.keys(more).length > 0) refuse(`a privilege knows no ${Object.keys(more)}`);
    if (typeof resource.db !== "string" || typeof resource.collection !== "string") refuse("a resource is a database and a collection");
    if (resource.db === "") refuse("this reaches every database");
    for (const action of actions) if (!ACTIONS.has(action)) refuse(`no action is called ${action}`);
  }
}

const key = (database, name) => `${database}.${name}`;

class Database {
  constructor(name) { this.name = databaseName(name); }
  getSiblingDB(name) { return new Database(name); }
  getCollectionInfos({ name }) { return [state.collections, state.views].some((all) => key(this.name, name) in all) ? [{ name }] : []; }
  createCollection(name, options) {
    if (typeof name !== "string" || name === "" || /[$\0]/.test(name)) refuse(`no collection can be called ${JSON.stringify(name)}`);
    if (this.getCollectionInfos({ name }).length > 0) refuse(`${name} is there already`);
    state.collections[key(this.name, name)] = options;
  }
  createView(name, source, pipeline) {
    if (!(key(this.name, source) in state.collections)) refuse(`${name} is a view of ${source}, which is not there`);
    state.views[key(this.name, name)] = { source, pipeline };
  }
  runCommand(command) {
    const [verb] = Object.keys(command);
    if (verb !== "collMod") refuse(`the judge knows no command ${verb}`);
    if (this.getCollectionInfos({ name: command.collMod }).length === 0) refuse(`${command.collMod} is not there`);
  }
  getCollection(name) {
    const whole = key(this.name, name);
    return {
      createIndex: (keys, choices = {}) => {
        if (!(whole in state.collections)) refuse(`${whole} is not there`);
        const all = (state.indexes[whole] ??= {});
        const others = Object.entries(all).filter(([other]) => other !== choices.name).map(([, index]) => index);
        checkIndex(keys, choices, others);
        const same = JSON.stringify(Object.entries(keys));
        if (others.some((other) => JSON.stringify(Object.entries(other.keys)) === same)) refuse(`${whole} has an index of these fields already`);
        all[choices.name] = { keys, choices };
      },
      deleteMany: (filter) => {
        if (Object.keys(filter).length === 0) refuse("this deletes everything");
        state.erased.push([whole, filter]);
      },
      drop: () => state.erased.push([whole, "all"]),
    };
  }
  adminCommand(command) {
    if (command.listShards !== 1) refuse(`the judge knows no command ${Object.keys(command)[0]}`);
    return { shards: Object.keys(state.hosts).map((_id) => ({ _id })) };
  }
  getRole(name) { return state.roles[key(this.name, name)] ?? null; }
  getUser(name) { return state.users[key(this.name, name)] ?? null; }
  createRole({ role, privileges, roles }) {
    if (this.getRole(role) !== null) refuse(`role ${role} is there already`);
    this.updateRole(role, { privileges, roles }, true);
  }
  updateRole(role, { privileges, roles }) {
    checkPrivileges(privileges);
    for (const { resource } of privileges) if (resource.db !== this.name) refuse(`role ${role} of ${this.name} can't reach into ${resource.db}`);
    if (roles.length > 0) refuse("a role made here has no others");
    state.roles[key(this.name, role)] = { privileges };
  }
  createUser({ user, ...facts }) {
    if (this.getUser(user) !== null) refuse(`user ${user} is there already`);
    this.updateUser(user, facts);
  }
  updateUser(user, { pwd, roles, mechanisms }) {
    if (typeof pwd !== "string" || pwd.length < 8) refuse(`user ${user} has no password`);
    for (const { role, db } of roles) if (!(key(db, role) in state.roles)) refuse(`user ${user} has role ${role}, which is not there`);
    for (const one of mechanisms) if (!["SCRAM-SHA-1", "SCRAM-SHA-256"].includes(one)) refuse(`no mechanism is called ${one}`);
    state.users[key(this.name, user)] = { roles: roles.map(({ role, db }) => key(db, role)) };
  }
  dropUser(name) { delete state.users[key(this.name, name)]; }
  dropRole(name) { delete state.roles[key(this.name, name)]; }
  dropAllUsers() { state.erased.push([this.name, "users"]); }
  dropAllRoles() { state.erased.push([this.name, "roles"]); }
  dropDatabase() { state.erased.push([this.name, "database"]); }
}

const HOST = /^[A-Za-z0-9.-]+:\d{1,5}$/;

// What the manual's page "Replica set configuration" says of a set and its members.
function checkSet({ _id, members, ...more }) {
  for (const name of Object.keys(more)) if (!["configsvr", "version", "settings", "protocolVersion"].includes(name)) refuse(`a set knows no ${name}`);
  for (const { _id: id, host, ...rest } of members) {
    for (const name of Object.keys(rest)) if (!["arbiterOnly", "priority", "votes", "hidden", "tags"].includes(name)) refuse(`a member knows no ${name}`);
    if (!Number.isInteger(id) || id < 0 || id > 255) refuse("a member's _id is 0 to 255");
    if (!HOST.test(host)) refuse(`${host} is no HOST:PORT`);
    if (more.configsvr && rest.arbiterOnly) refuse("config servers have no arbiter");
  }
  for (const part of ["_id", "host"]) if (new Set(members.map((member) => member[part])).size !== members.length) refuse(`two members have one ${part}`);
  if (members.length > 50 || members.filter((member) => member.votes !== 0).length > 7) refuse("a set has 50 members, of whom 7 vote");
  if (typeof _id !== "string" || _id === "") refuse("a set has a name");
}

const joined = (member) => {
  const set = { ...state.set, members: [...state.set.members, { _id: state.set.members.length, ...member }] };
  checkSet(set);
  state.set = set;
};
const rs = {
  conf: () => {
    if (state.set === null) throw Object.assign(new Error("no replset config has been received"), { codeName: "NotYetInitialized" });
    return state.set;
  },
  initiate: (set) => {
    if (state.set !== null) refuse("already initialized");
    checkSet(set);
    state.set = set;
  },
  add: (host) => joined({ host }),
  addArb: (host) => joined({ host, arbiterOnly: true }),
};

const sh = {
  addShard: (text) => {
    const [name, hosts] = text.split("/");
    if (!hosts || !hosts.split(",").every((host) => HOST.test(host))) refuse(`${text} is no SET/HOST:PORT`);
    if (name in state.hosts) refuse(`shard ${name} is there already`);
    state.hosts[name] = hosts.split(",");
  },
  addShardToZone: (name, zone) => {
    if (!(name in state.hosts)) refuse(`there is no shard ${name}`);
    state.zoned[name] = zone;
  },
  enableSharding: (name) => { databaseName(name); },
  shardCollection: (name, keys) => {
    if (!(name in state.collections)) refuse(`${name} is not there`);
    const leads = (index) => JSON.stringify(Object.entries(index.keys).slice(0, Object.keys(keys).length)) === JSON.stringify(Object.entries(keys));
    if (!Object.values(state.indexes[name] ?? {}).some(leads)) refuse(`${name} has no index that begins with the shard key`);
    state.shards[name] = keys;
  },
  updateZoneKeyRange: (name, from, to, zone) => {
    if (!(name in state.shards)) refuse(`${name} is not sharded`);
    if (!Object.values(state.zoned).includes(zone)) refuse(`no shard is in zone ${zone}`);
    const zones = state.zones.filter((other) => JSON.stringify([other.name, other.from]) !== JSON.stringify([name, from]));
    state.zones = [...zones, { name, from, to, zone }];
  },
};

const passwords = "passwords";
const require = (name) => (name === "fs" ? { readFileSync: (path) => `password of ${path}` } : createRequire(import.meta.url)(name));
let said = {};
const run = (file) => {
  if (file.endsWith(".json")) {
    said = JSON.parse(readFileSync(file, "utf8"));
    return;
  }
  const context = vm.createContext({ ...said, rs, db: new Database("test"), sh, passwords, require, MinKey: "MinKey", MaxKey: "MaxKey" });
  try {
    vm.runInContext(readFileSync(file, "utf8"), context, { filename: file });
  } catch (fault) {
    console.error(`${file}: ${fault.message}`);
    process.exit(1);
  }
};
const files = process.argv.slice(2);
files.forEach(run);
const once = JSON.stringify({ ...state, erased: [] });
files.forEach(run);
if (JSON.stringify({ ...state, erased: [] }) !== once) {
  console.error("a second run changes something");
  process.exit(1);
}
console.log(JSON.stringify(state));
