//! XML of requests and answers: a small document with limits, and a writer.
//!
//! quick-xml splits the text into events. The reader rejects everything that SOAP forbids or that
//! could exhaust memory: document types, entities other than the five of XML, deep nesting, and
//! answers above [`ANSWER_BYTES`].

mod element;
mod read;
mod write;

pub(crate) use element::Document;
pub use element::Element;
pub use read::{ANSWER_BYTES, ATTRIBUTE_LIMIT, DEPTH_LIMIT, ELEMENT_LIMIT, XmlError, XmlErrorKind};
pub use write::{Body, ForbiddenCharacter};

pub(crate) use read::read;
