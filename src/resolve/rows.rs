//! `tenants from FILE`: CSV, JSON and YAML → rows of named texts.
//!
//! Each row has an `id` of its own; a fault names the file, the row and the column.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use rustc_hash::FxHashMap;
use serde_json::value::RawValue;

use crate::diag::{Code, Diagnostic, did_you_mean};
use crate::source::{SourceMap, Span};

/// The rows of one data file.
#[derive(Debug, Default)]
pub struct Rows {
    /// Column names, in order.
    pub columns: Vec<EcoString>,
    /// Place of each column.
    pub index: FxHashMap<EcoString, usize>,
    /// Cells, row by row; absent ones are empty.
    pub cells: Vec<Vec<EcoString>>,
    /// Where each row stands.
    pub spans: Vec<Span>,
}

impl Rows {
    /// A cell; nothing when there is no such column.
    #[must_use]
    pub fn cell(&self, row: usize, column: &str) -> Option<&EcoString> {
        self.cells.get(row)?.get(*self.index.get(column)?)
    }
}

/// Reads a file by its extension. `at` is where the spec names it.
pub fn read(
    name: &str,
    text: &Arc<str>,
    base: Span,
    at: Span,
    sources: &SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Rows {
    let mut rows = match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => csv(name, text, base, diagnostics),
        Some("json") => match json(text, base) {
            Ok(items) => list(name, items, at, diagnostics),
            Err(fault) => {
                diagnostics.push(
                    Code::DataFile
                        .at(line_span(base, text, fault.line(), sources), format!("{name} is not JSON: {fault}")),
                );
                Rows::default()
            }
        },
        Some("yaml" | "yml") => match yaml(text, base) {
            Ok(items) => list(name, items, at, diagnostics),
            Err(fault) => {
                let line = fault.location().map_or(1, |place| place.line());
                diagnostics.push(
                    Code::DataFile.at(line_span(base, text, line, sources), format!("{name} is not YAML: {fault}")),
                );
                Rows::default()
            }
        },
        _ => {
            diagnostics.push(
                Code::DataFile.at(at, format!("`{name}` is no data file")).help("use a .csv, .json or .yaml file"),
            );
            Rows::default()
        }
    };
    rows.index = rows.columns.iter().enumerate().map(|(index, column)| (column.clone(), index)).collect();
    if !rows.columns.is_empty() && !rows.index.contains_key("id") {
        let near = did_you_mean("id", rows.columns.iter().map(EcoString::as_str));
        let told = Code::DataFile.at(base, format!("{name} has no column `id`")).maybe_help(near);
        diagnostics.push(Diagnostic {
            labels: vec![crate::diag::Label { span: first_line(base, text), text: String::new() }],
            ..told
        });
        rows.cells.clear();
    }
    rows
}

fn first_line(base: Span, text: &str) -> Span {
    let length = text.find('\n').unwrap_or(text.len());
    Span::new(base.start, base.start + u32::try_from(length).unwrap_or(0))
}

fn line_span(base: Span, text: &str, line: usize, _: &SourceMap) -> Span {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or_else(|| text.len().saturating_sub(start));
    let offset = |at: usize| base.start + u32::try_from(at).unwrap_or(0);
    Span::new(offset(start), offset(start + length))
}

fn csv(name: &str, text: &str, base: Span, diagnostics: &mut Vec<Diagnostic>) -> Rows {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let body = text.get(bom..).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::Headers).from_reader(body.as_bytes());
    let mut rows = Rows::default();
    let start = base.start + u32::try_from(bom).unwrap_or(0);
    let place = |from: u64, to: u64| {
        let slice = body.get(usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0)).unwrap_or_default();
        let from = start + u32::try_from(from).unwrap_or(0);
        Span::new(from, from + u32::try_from(slice.trim_end().len()).unwrap_or(0))
    };
    match reader.headers() {
        Ok(headers) => rows.columns = headers.iter().map(EcoString::from).collect(),
        Err(fault) => {
            diagnostics.push(Code::DataFile.at(first_line(base, text), format!("{name} can't be read: {fault}")));
            return rows;
        }
    }
    if let Some(twice) = rows
        .columns
        .iter()
        .enumerate()
        .find(|(index, column)| rows.columns.iter().take(*index).any(|other| other == *column))
    {
        diagnostics.push(Code::DataFile.at(first_line(base, text), format!("{name} has two columns `{}`", twice.1)));
    }
    let mut record = csv::StringRecord::new();
    let mut ragged = 0;
    loop {
        let from = reader.position().byte();
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let from = record.position().map_or(from, csv::Position::byte);
                let span = place(from, reader.position().byte());
                if record.len() != rows.columns.len() {
                    ragged += 1;
                    if ragged <= 20 {
                        let row = rows.cells.len() + 2;
                        let message = format!(
                            "row {row} of {name} has {} cells, its header has {}",
                            record.len(),
                            rows.columns.len()
                        );
                        diagnostics.push(
                            Code::DataRow
                                .at(span, message)
                                .help("a cell that holds a comma, a quote or a line end stands in quotes"),
                        );
                    }
                }
                rows.cells.push(record.iter().map(EcoString::from).collect());
                rows.spans.push(span);
            }
            Err(fault) => {
                diagnostics.push(Code::DataFile.at(place(from, from + 1), format!("{name} can't be read: {fault}")));
                break;
            }
        }
    }
    rows
}

/// An item of a list, and where it stands.
type Item = (serde_json::Value, Span);

/// The items of a JSON list; nothing when the text holds no list.
fn json(text: &str, base: Span) -> Result<Option<Vec<Item>>, serde_json::Error> {
    if !serde_json::from_str::<&RawValue>(text)?.get().starts_with('[') {
        return Ok(None);
    }
    let raw: Vec<&RawValue> = serde_json::from_str(text)?;
    let item = |raw: &RawValue| {
        let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
        Ok((serde_json::from_str(raw.get())?, within(base, start, raw.get().len())))
    };
    raw.into_iter().map(item).collect::<Result<_, _>>().map(Some)
}

/// The items of a YAML list; nothing when the text holds no list.
fn yaml(text: &str, base: Span) -> Result<Option<Vec<Item>>, serde_yaml::Error> {
    let serde_json::Value::Array(values) = serde_yaml::from_str(text)? else { return Ok(None) };
    // Items of a list begin with a hyphen, each as deep as the first, and what belongs to them stands deeper. Where
    // that does not count out (a list in brackets), faults point at the file.
    let mut starts: Vec<usize> = Vec::new();
    let mut depth = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_start_matches(' ');
        let own = line.len() - inner.len();
        if (inner.starts_with("- ") || inner.trim_end() == "-") && depth.is_none_or(|depth| depth == own) {
            depth = Some(own);
            starts.push(offset + own);
        }
        offset += line.len();
    }
    let counted = starts.len() == values.len();
    let place = |(index, value): (usize, serde_json::Value)| {
        let start = starts.get(index).copied().filter(|_| counted).unwrap_or(0);
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        let length = text.get(start..end).map_or(0, |item| item.trim_end().len());
        (value, if counted { within(base, start, length) } else { first_line(base, text) })
    };
    Ok(Some(values.into_iter().enumerate().map(place).collect()))
}

fn within(base: Span, start: usize, length: usize) -> Span {
    let offset = |at: usize| base.start + u32::try_from(at).unwrap_or(0);
    Span::new(offset(start), offset(start + length))
}

/// A list of objects, from JSON or YAML.
fn list(name: &str, items: Option<Vec<Item>>, at: Span, diagnostics: &mut Vec<Diagnostic>) -> Rows {
    let mut rows = Rows::default();
    let Some(items) = items else {
        diagnostics.push(
            Code::DataFile.at(at, format!("{name} holds no list")).help("write a list of objects, each with an `id`"),
        );
        return rows;
    };
    let mut index: FxHashMap<EcoString, usize> = FxHashMap::default();
    for (number, (item, place)) in items.iter().enumerate() {
        let Some(object) = item.as_object() else {
            diagnostics.push(Code::DataRow.at(*place, format!("item {} of {name} is no object", number + 1)));
            continue;
        };
        let mut cells = vec![EcoString::new(); rows.columns.len()];
        for (key, value) in object {
            let column = *index.entry(key.as_str().into()).or_insert_with(|| {
                rows.columns.push(key.as_str().into());
                cells.push(EcoString::new());
                rows.columns.len() - 1
            });
            if let Some(cell) = cells.get_mut(column) {
                match text(value) {
                    Some(text) => *cell = text,
                    None => diagnostics.push(
                        Code::DataRow.at(*place, format!("`{key}` of item {} of {name} is no plain value", number + 1)),
                    ),
                }
            }
        }
        rows.cells.push(cells);
        rows.spans.push(*place);
    }
    rows
}

fn text(value: &serde_json::Value) -> Option<EcoString> {
    Some(match value {
        serde_json::Value::Null => EcoString::new(),
        serde_json::Value::Bool(value) => eco_format!("{value}"),
        serde_json::Value::Number(value) => eco_format!("{value}"),
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(values) => {
            let parts: Option<Vec<EcoString>> = values.iter().map(text).collect();
            parts?.join(";").into()
        }
        serde_json::Value::Object(_) => return None,
    })
}
