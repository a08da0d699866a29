//! Imported types, functions, views, triggers and comments, with what each reaches and with whose rights.

use ecow::EcoString;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::text::{Unfit, child, holds, is_blank, last_name, path, string_value, tokens, words};
use super::{Importer, named};
use crate::resolve::objects::{Danger, DbKind, DbObject};
use crate::source::Span;

/// Statements that change more than rows.
const DEFINITIONS: [SyntaxKind; 8] = [
    SyntaxKind::ALTER_TABLE,
    SyntaxKind::ALTER_ROLE,
    SyntaxKind::CREATE_ROLE,
    SyntaxKind::DROP_POLICY,
    SyntaxKind::CREATE_POLICY,
    SyntaxKind::GRANT,
    SyntaxKind::TRUNCATE,
    SyntaxKind::DROP_TABLE,
];

impl Importer<'_> {
    fn add(&mut self, mut object: DbObject) {
        let known = self.schema.objects.iter().position(|other| {
            other.kind == object.kind
                && other.name == object.name
                && other.signature == object.signature
                && other.table == object.table
        });
        if let Some(known) = known.and_then(|at| self.schema.objects.get(at)) {
            let message = format!("there are two of `{}`", object.name);
            self.diagnostics.push(
                crate::diag::Code::DuplicateName
                    .at(object.span, message)
                    .here("again here")
                    .and(known.span, "first here"),
            );
            return;
        }
        object.after_tables |= !object.uses.is_empty();
        self.schema.objects.push(object);
    }

    fn object(&self, kind: DbKind, name: &SyntaxNode) -> DbObject {
        DbObject {
            kind,
            name: last_name(name),
            doc: EcoString::new(),
            sql: EcoString::new(),
            body: EcoString::new(),
            signature: EcoString::new(),
            labels: Vec::new(),
            table: None,
            after_tables: false,
            as_owner: false,
            dangers: Vec::new(),
            uses: Vec::new(),
            span: self.place(name),
        }
    }

    pub(super) fn type_(&mut self, create: &ast::CreateType) {
        let (Some(name), Some(kind)) = (create.type_name(), create.kind()) else {
            self.left(create.syntax(), None);
            return;
        };
        let mut object = self.object(DbKind::Type, name.syntax());
        match &kind {
            ast::CreateTypeKind::EnumType(labels) => {
                let strings = tokens(labels.syntax()).into_iter().filter(|token| token.kind() == SyntaxKind::STRING);
                object.labels = strings.filter_map(|token| string_value(token.text())).collect();
            }
            ast::CreateTypeKind::CompositeType(_) => {}
            other => {
                self.left(other.syntax(), Some("a range or base type is not carried"));
                return;
            }
        }
        let Some(sql) = self.sql(kind.syntax()) else { return };
        object.sql = sql;
        self.add(object);
    }

    pub(super) fn domain(&mut self, create: &ast::CreateDomain) {
        let Some(name) = create.domain() else { return };
        let mut object = self.object(DbKind::Domain, name.syntax());
        let Some(sql) = self.after(create.syntax(), name.syntax()) else { return };
        object.sql = sql;
        self.add(object);
    }

    /// What stands behind a name in its statement.
    fn after(&mut self, node: &SyntaxNode, name: &SyntaxNode) -> Option<EcoString> {
        let end = name.text_range().end();
        let rest: Vec<_> = tokens(node)
            .into_iter()
            .filter(|token| token.text_range().start() >= end && token.kind() != SyntaxKind::SEMICOLON)
            .collect();
        match self.printer.print_tokens(&rest) {
            Ok(text) => Some(text),
            Err(Unfit(why)) => {
                self.left(node, Some(&why));
                None
            }
        }
    }

    fn uses(&self, node: &SyntaxNode) -> Vec<(EcoString, Span)> {
        named(node).map(|name| (last_name(&name), self.place(&name))).collect()
    }

    pub(super) fn view(&mut self, create: &ast::CreateView) {
        let Some(name) = create.view() else { return };
        if create.persistence().is_some() || create.recursive_token().is_some() {
            self.left(create.syntax(), Some("a temporary or recursive view is not carried"));
            return;
        }
        let mut object = self.object(DbKind::View, name.syntax());
        object.uses = create.query().map(|query| self.uses(query.syntax())).unwrap_or_default();
        let options: String = create.with_params().map(|with| words(with.syntax()).collect()).unwrap_or_default();
        object.as_owner =
            !["SECURITY_INVOKER=TRUE", "SECURITY_INVOKER='TRUE'", "SECURITY_INVOKER=ON", "SECURITY_INVOKER='ON'"]
                .iter()
                .any(|form| options.contains(form))
                && !matches!(options.as_str(), "WITH(SECURITY_INVOKER)");
        let Some(sql) = self.after(create.syntax(), name.syntax()) else { return };
        object.sql = sql;
        object.after_tables = true;
        self.add(object);
    }

    pub(super) fn materialized_view(&mut self, create: &ast::CreateMaterializedView) {
        let Some(name) = create.view() else { return };
        let mut object = self.object(DbKind::MaterializedView, name.syntax());
        object.uses = create.query().map(|query| self.uses(query.syntax())).unwrap_or_default();
        object.as_owner = true;
        object.after_tables = true;
        self.add(object);
    }

    pub(super) fn function(&mut self, create: &ast::CreateFunction) {
        let node = create.syntax();
        let (Some(name), Some(parameters), Some(options)) = (create.name(), create.param_list(), create.option_list())
        else {
            return;
        };
        let mut object = self.object(DbKind::Function, name.syntax());
        let mut clauses = Vec::new();
        let mut path_set = false;
        let mut language = EcoString::from("sql");
        for option in options.options() {
            let span = self.place(option.syntax());
            match &option {
                ast::FuncOption::AsFuncOption(_) => continue,
                // The build sets it, to the place that the function is made in.
                ast::FuncOption::SetFuncOption(set) => {
                    let what: String =
                        words(set.syntax()).skip(1).take_while(|word| word != "TO" && word != "=").collect();
                    if what == "SEARCH_PATH" {
                        path_set = true;
                        continue;
                    }
                    if matches!(what.as_str(), "APP.TENANT_ID" | "ROW_SECURITY" | "ROLE") {
                        object.dangers.push((Danger::NamesTenant, span));
                    }
                }
                ast::FuncOption::SecurityDefinerFuncOption(_) => object.as_owner = true,
                ast::FuncOption::LeakproofFuncOption(_) => object.dangers.push((Danger::Leakproof, span)),
                ast::FuncOption::LanguageFuncOption(_) => {
                    language =
                        words(option.syntax()).last().unwrap_or_default().trim_matches('\'').to_lowercase().into();
                    if !matches!(language.as_str(), "sql" | "plpgsql") {
                        object.dangers.push((Danger::Language, span));
                    }
                }
                ast::FuncOption::SupportFuncOption(_)
                | ast::FuncOption::TransformFuncOption(_)
                | ast::FuncOption::ResetFuncOption(_) => {
                    self.left(option.syntax(), None);
                    return;
                }
                _ => {}
            }
            let Some(text) = self.sql(option.syntax()) else { return };
            clauses.push(text);
        }
        if object.as_owner && !path_set {
            object.dangers.push((Danger::NoSearchPath, object.span));
        }
        let Some(inputs) = self.sql(parameters.syntax()) else { return };
        let returns = match create.ret_type() {
            Some(returns) => match self.sql(returns.syntax()) {
                Some(text) => ecow::eco_format!(" {text}"),
                None => return,
            },
            None => EcoString::new(),
        };
        object.sql = ecow::eco_format!("{inputs}{returns} {}", clauses.join(" "));
        let Some(signature) = self.signature(&parameters) else { return };
        object.signature = signature;
        let Some(body) = self.body(create, &options, &language, &mut object) else { return };
        object.body = body;
        // A row type of a table in the signature: the table must be there.
        let parts: Vec<SyntaxNode> = std::iter::once(parameters.syntax().clone())
            .chain(create.ret_type().map(|ty| ty.syntax().clone()))
            .collect();
        object.after_tables = parts.iter().any(|part| {
            part.descendants().any(|inner| {
                inner.kind() == SyntaxKind::PATH_TYPE && {
                    let name = last_name(&inner);
                    self.schema.tables.iter().any(|table| table.name == name)
                }
            })
        });
        let _ = node;
        // PL/pgSQL and text bodies are looked up when they run, not when they are made.
        let late = object.after_tables || create.body().is_some() && !object.uses.is_empty();
        let uses = std::mem::take(&mut object.uses);
        object.after_tables = late;
        self.add(object);
        if let Some(added) = self.schema.objects.last_mut() {
            added.uses = uses;
        }
    }

    /// Parameters without defaults.
    fn signature(&mut self, parameters: &ast::ParamList) -> Option<EcoString> {
        let mut all = Vec::new();
        for parameter in parameters.params() {
            let parts: Vec<_> = parameter
                .syntax()
                .children()
                .filter(|part| part.kind() != SyntaxKind::PARAM_DEFAULT)
                .map(|part| self.sql(&part))
                .collect();
            all.push(parts.into_iter().collect::<Option<Vec<_>>>()?.join(" "));
        }
        Some(ecow::eco_format!("({})", all.join(", ")))
    }

    /// The body, read for what it reaches.
    fn body(
        &mut self,
        create: &ast::CreateFunction,
        options: &ast::FuncOptionList,
        language: &str,
        object: &mut DbObject,
    ) -> Option<EcoString> {
        if let Some(body) = create.body() {
            self.reach(body.syntax(), object, object.span);
            return self.sql(body.syntax());
        }
        let literal = options.options().find(|option| matches!(option, ast::FuncOption::AsFuncOption(_)));
        let Some(literal) = literal else {
            self.left(create.syntax(), Some(&format!("function `{}` has no body", object.name)));
            return None;
        };
        let span = self.place(literal.syntax());
        let (tree, faults) = match language {
            "plpgsql" => {
                let body = create.plpgsql()?;
                (body.syntax(), body.errors().len())
            }
            "sql" => {
                let body = create.sql_body()?;
                (body.syntax(), body.errors().len())
            }
            _ => return self.sql(literal.syntax()),
        };
        if faults > 0 {
            self.left(
                literal.syntax(),
                Some(&format!("the body of `{}` can't be read, so nothing can be said of it", object.name)),
            );
            return None;
        }
        self.reach(&tree, object, span);
        match self.printer.print_body(&tree) {
            Ok(text) => Some(ecow::eco_format!("AS {text}")),
            Err(Unfit(why)) => {
                self.left(literal.syntax(), Some(&why));
                None
            }
        }
    }

    fn reach(&self, tree: &SyntaxNode, object: &mut DbObject, span: Span) {
        object.uses.extend(named(tree).map(|name| (last_name(&name), span)));
        let mut found = |danger: Danger| {
            if !object.dangers.iter().any(|(known, _)| *known == danger) {
                object.dangers.push((danger, span));
            }
        };
        for inner in tree.descendants() {
            match inner.kind() {
                SyntaxKind::SET_ROLE | SyntaxKind::SET_SESSION_AUTH => found(Danger::NamesTenant),
                SyntaxKind::SET if says_who(&inner) => found(Danger::NamesTenant),
                SyntaxKind::CALL_EXPR if names_tenant(&inner) => found(Danger::NamesTenant),
                SyntaxKind::PLPGSQL_DYN_EXECUTE_STMT => found(Danger::Dynamic),
                kind if DEFINITIONS.contains(&kind) => found(Danger::Definition),
                _ => {}
            }
        }
    }

    pub(super) fn trigger(&mut self, create: &ast::CreateTrigger) {
        let node = create.syntax();
        let (Some(name), Some(on)) = (create.trigger(), child(node, SyntaxKind::ON_RELATION)) else { return };
        let table = last_name(&on);
        if create.constraint_token().is_some() || create.from_table().is_some() {
            self.left(node, Some("a constraint trigger is not carried"));
            return;
        }
        let Some(call) = node.descendants().filter(|inner| inner.kind() == SyntaxKind::CALL_EXPR).last() else {
            return;
        };
        let function =
            call.children().next().map(|name| path(&name)).and_then(|mut path| path.pop()).unwrap_or_default();
        let known = self.schema.objects.iter().any(|object| object.kind == DbKind::Function && object.name == function);
        if !known {
            self.left(node, Some(&format!("there is no function `{function}` before this")));
            return;
        }
        if !self.schema.tables.iter().any(|other| other.name == table) {
            self.left(node, Some(&format!("there is no table `{table}` before this")));
            return;
        }
        let mut object = self.object(DbKind::Trigger, name.syntax());
        let Some(sql) = self.after(node, name.syntax()) else { return };
        object.sql = sql;
        object.table = Some(table);
        object.after_tables = true;
        self.add(object);
    }

    /// A comment goes to what it is on.
    pub(super) fn comment(&mut self, comment: &ast::CommentOn) {
        let node = comment.syntax();
        let text = tokens(node)
            .into_iter()
            .rev()
            .find(|token| !is_blank(token.kind()) && token.kind() != SyntaxKind::SEMICOLON);
        let text = text.and_then(|token| string_value(token.text())).unwrap_or_default();
        if let Some(on) = child(node, SyntaxKind::OBJECT_COLUMN) {
            let mut parts: Vec<EcoString> = path(&on).into_iter().skip(1).collect();
            let (Some(column), Some(table)) = (parts.pop(), parts.pop()) else { return };
            let table = self.schema.tables.iter_mut().find(|known| known.name == table);
            if let Some(column) = table.and_then(|table| table.columns.iter_mut().find(|known| known.name == column)) {
                column.doc = text;
            }
            return;
        }
        let Some(name) = node.children().next().map(|on| last_name(&on)) else { return };
        if holds(node, SyntaxKind::OBJECT_TABLE) {
            if let Some(table) = self.schema.tables.iter_mut().find(|known| known.name == name) {
                table.doc = text;
            }
        } else if let Some(object) = self.schema.objects.iter_mut().find(|known| known.name == name) {
            object.doc = text;
        } else {
            self.pass("comments on what is not carried", node);
        }
    }
}

/// `SET app.tenant_id`, `SET row_security`.
fn says_who(set: &SyntaxNode) -> bool {
    let all: String = words(set).collect();
    ["APP.TENANT_ID", "ROW_SECURITY"].iter().any(|name| all.contains(name))
}

/// `set_config(…)` of the tenant, or of a name that only shows when it runs.
fn names_tenant(call: &SyntaxNode) -> bool {
    let Some(function) = call.children().next() else { return false };
    if path(&function).last().is_none_or(|name| name != "set_config") {
        return false;
    }
    let first = child(call, SyntaxKind::ARG_LIST).and_then(|list| list.children().next());
    let literal = first.and_then(|argument| {
        let all: Vec<_> = tokens(&argument).into_iter().filter(|token| !is_blank(token.kind())).collect();
        match all.as_slice() {
            [one] => string_value(one.text()),
            _ => None,
        }
    });
    literal.is_none_or(|name| {
        matches!(name.to_lowercase().as_str(), "app.tenant_id" | "row_security" | "role" | "session_authorization")
    })
}
