//! Fields and values of a tree, eight bytes each.
//!
//! A dial plan may have a million rules, so their fields and values are packed here, and returned
//! as plain [`Field`]s and [`Value`]s.

use adr_diagnostic::{SourceId, Span};

use crate::tree::{Field, FieldKind, Value, ValueKind, Values};

/// Longest value in bytes; a packed length has twelve bits.
pub(crate) const VALUE_BYTES: u32 = (1 << LENGTH_BITS) - 1;

const LENGTH_BITS: u32 = 12;
const KIND_BITS: u32 = 3;

/// The fields of all rules and the values of all fields, lets and emergency lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    fields: Vec<PackedField>,
    values: Vec<PackedValue>,
}

/// The offset of the keyword; the kind in the low bits, and the number of values above them.
#[derive(Clone, Copy, Debug)]
struct PackedField {
    start: u32,
    count_and_kind: u32,
}

/// The offset of the value; the kind in the low bits, then the length, then the offset of the two
/// dots.
#[derive(Clone, Copy, Debug)]
struct PackedValue {
    start: u32,
    shape: u32,
}

impl Arena {
    /// The number of fields.
    pub(crate) fn fields_len(&self) -> u32 {
        length(self.fields.len())
    }

    /// The number of values.
    pub(crate) fn values_len(&self) -> u32 {
        length(self.values.len())
    }

    /// Adds a field whose `count` values are the last ones added.
    pub(crate) fn push_field(&mut self, start: u32, kind: FieldKind, count: u32) {
        self.fields
            .push(PackedField { start, count_and_kind: (count << KIND_BITS) | field_code(kind) });
    }

    /// Adds a value of at most [`VALUE_BYTES`] bytes.
    pub(crate) fn push_value(&mut self, start: u32, end: u32, kind: ValueKind) {
        let (code, dots) = value_code(kind);
        let length = (end - start).min(VALUE_BYTES);
        self.values.push(PackedValue {
            start,
            shape: (((dots << LENGTH_BITS) | length) << KIND_BITS) | code,
        });
    }

    /// Removes the values from `length` on.
    pub(crate) fn truncate_values(&mut self, length: u32) {
        self.values.truncate(length as usize);
    }

    /// Reserves memory for the rest of the text, estimated by what was read.
    pub(crate) fn reserve(&mut self, read: usize, whole: usize) {
        grow(&mut self.fields, read, whole);
        grow(&mut self.values, read, whole);
    }

    /// Appends the contents of another arena.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.fields.append(&mut other.fields);
        self.values.append(&mut other.values);
    }

    /// The fields in the range `at`, whose first value is `first_value`.
    pub(crate) fn fields(
        &self,
        source: SourceId,
        at: std::ops::Range<u32>,
        first_value: u32,
    ) -> impl Iterator<Item = Field> + '_ {
        let run = self.fields.get(at.start as usize..at.end as usize);
        let mut next = first_value;
        run.unwrap_or_default().iter().map(move |packed| {
            let values = next..next + (packed.count_and_kind >> KIND_BITS);
            next = values.end;
            self.field(source, *packed, values)
        })
    }

    /// The values in the range `at`.
    pub(crate) fn values(
        &self,
        source: SourceId,
        at: &Values,
    ) -> impl DoubleEndedIterator<Item = Value> + ExactSizeIterator + '_ {
        let run = self.values.get(at.start as usize..at.end as usize);
        run.unwrap_or_default().iter().map(move |packed| packed.value(source))
    }

    fn field(&self, source: SourceId, packed: PackedField, values: Values) -> Field {
        let kind = field_kind(packed.count_and_kind);
        let end = match self.values(source, &values).next_back() {
            Some(last) => last.span.end + u32::from(last.is_quoted()),
            None => packed.start + length(kind.keyword().len()),
        };
        Field { span: Span::new(source, packed.start, end), kind, values }
    }
}

impl PackedValue {
    fn value(self, source: SourceId) -> Value {
        let length = (self.shape >> KIND_BITS) & VALUE_BYTES;
        let dots = self.shape >> (KIND_BITS + LENGTH_BITS);
        Value {
            span: Span::new(source, self.start, self.start + length),
            kind: value_kind(self.shape, dots),
        }
    }
}

fn grow<T>(vector: &mut Vec<T>, read: usize, whole: usize) {
    if read > 0 && vector.len() == vector.capacity() {
        let expected = vector.len().saturating_mul(whole / read);
        let more = expected.saturating_sub(vector.len());
        vector.reserve_exact(more.max(vector.len() / 4));
    }
}

fn field_code(kind: FieldKind) -> u32 {
    match kind {
        FieldKind::BeginsWith => 0,
        FieldKind::Digits => 1,
        FieldKind::Remove => 2,
        FieldKind::Prefix => 3,
        FieldKind::Description => 4,
        FieldKind::Keep => 5,
        FieldKind::Rest => 6,
        FieldKind::RemoveAllBut => 7,
    }
}

fn field_kind(code: u32) -> FieldKind {
    match code & ((1 << KIND_BITS) - 1) {
        0 => FieldKind::BeginsWith,
        1 => FieldKind::Digits,
        2 => FieldKind::Remove,
        3 => FieldKind::Prefix,
        4 => FieldKind::Description,
        5 => FieldKind::Keep,
        6 => FieldKind::Rest,
        _ => FieldKind::RemoveAllBut,
    }
}

fn value_code(kind: ValueKind) -> (u32, u32) {
    match kind {
        ValueKind::Bare => (0, 0),
        ValueKind::Quoted => (1, 0),
        ValueKind::Template { quoted: false } => (2, 0),
        ValueKind::Template { quoted: true } => (3, 0),
        ValueKind::Word => (4, 0),
        ValueKind::Range { dots } => (5, dots),
    }
}

fn value_kind(code: u32, dots: u32) -> ValueKind {
    match code & ((1 << KIND_BITS) - 1) {
        0 => ValueKind::Bare,
        1 => ValueKind::Quoted,
        2 => ValueKind::Template { quoted: false },
        3 => ValueKind::Template { quoted: true },
        4 => ValueKind::Word,
        _ => ValueKind::Range { dots },
    }
}

fn length(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
