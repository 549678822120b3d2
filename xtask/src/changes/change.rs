//! One change between two versions.

use std::fmt;

/// Severity of a change, the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Code that uses the item no longer compiles.
    BreaksCallers,
    /// Code compiles as before, but a request or response may be rejected or mean something else.
    BreaksWire,
    /// A new item, which does not affect code that does not use it.
    Additive,
    /// Documentation, or an annotation of the spec.
    DocsOnly,
}

impl Class {
    /// All classes, the most severe first.
    pub const ALL: [Self; 4] = [Self::BreaksCallers, Self::BreaksWire, Self::Additive, Self::DocsOnly];

    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BreaksCallers => "breaking for callers",
            Self::BreaksWire => "breaking on the wire",
            Self::Additive => "additive",
            Self::DocsOnly => "docs only",
        }
    }
}

/// The enum and its names from one list.
macro_rules! change_kinds {
    ($($kind:ident = $name:literal,)+) => {
        /// What happened to what, in the order of the names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ChangeKind {
            $(#[doc = concat!("`", $name, "`.")] $kind,)+
        }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// Its name in reports.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }
    };
}

change_kinds! {
    ApiChanged = "API changed",
    AbsenceChanged = "absence changed",
    AnnotationChanged = "annotation changed",
    ArgumentsChanged = "arguments changed",
    ArgumentsReordered = "arguments reordered",
    ConstraintChanged = "constraint changed",
    ConstraintLoosened = "constraint loosened",
    ConstraintTightened = "constraint tightened",
    ConstructorAdded = "constructor added",
    ConstructorRemoved = "constructor removed",
    DefaultChanged = "default changed",
    DocumentationChanged = "documentation changed",
    EventObjectAdded = "event object added",
    EventObjectRemoved = "event object removed",
    FieldAdded = "field added",
    FieldBecameNullable = "field became nullable",
    FieldBecameOptional = "field became optional",
    FieldBecameRequired = "field became required",
    FieldRemoved = "field removed",
    FieldTypeChanged = "field type changed",
    IdempotencyKeyRemoved = "idempotency key removed",
    IdentityChanged = "identity changed",
    MustBeSent = "must be sent",
    NoLongerAccepted = "no longer accepted",
    ObjectConstantAdded = "object constant added",
    ObjectConstantChanged = "object constant changed",
    ObjectConstantRemoved = "object constant removed",
    OperationAdded = "operation added",
    OperationRemoved = "operation removed",
    PagingAdded = "paging added",
    PagingRemoved = "paging removed",
    ParameterAdded = "parameter added",
    ParameterBecameRequired = "parameter became required",
    ParameterRemoved = "parameter removed",
    ParameterTypeChanged = "parameter type changed",
    PlaceholderRenamed = "placeholder renamed",
    RequiredFieldAdded = "required field added",
    RequiredParameterAdded = "required parameter added",
    ResultChanged = "result changed",
    RouteChanged = "route changed",
    SerialisationChanged = "serialisation changed",
    SpecificationChanged = "specification changed",
    TitleChanged = "title changed",
    TypeAdded = "type added",
    TypeChanged = "type changed",
    TypeRemoved = "type removed",
    ValueAdded = "value added",
    ValueRemoved = "value removed",
    WireNameChanged = "wire name changed",
    WireTypeChanged = "wire type changed",
    WireValueChanged = "wire value changed",
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Kind of item that can be added and removed. A removed and an added item of one kind may be a renamed item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A struct or an enum.
    Type,
    /// A field of a struct.
    Field,
    /// A value of an enum.
    Value,
    /// An operation.
    Operation,
    /// A parameter of an operation.
    Parameter,
    /// A type of object that events carry.
    EventObject,
    /// The constructor of a type.
    Constructor,
    /// The constant `object` of a type.
    ObjectConstant,
    /// The paging of a list.
    Paging,
}

impl ChangeKind {
    /// The kind of item that was removed, if any.
    #[must_use]
    pub fn removed(self) -> Option<Item> {
        match self {
            Self::TypeRemoved => Some(Item::Type),
            Self::FieldRemoved => Some(Item::Field),
            Self::ValueRemoved => Some(Item::Value),
            Self::OperationRemoved => Some(Item::Operation),
            Self::ParameterRemoved => Some(Item::Parameter),
            Self::EventObjectRemoved => Some(Item::EventObject),
            Self::ConstructorRemoved => Some(Item::Constructor),
            Self::ObjectConstantRemoved => Some(Item::ObjectConstant),
            Self::PagingRemoved => Some(Item::Paging),
            _ => None,
        }
    }

    /// The kind of item that was added, if any.
    #[must_use]
    pub fn added(self) -> Option<Item> {
        match self {
            Self::TypeAdded => Some(Item::Type),
            Self::FieldAdded | Self::RequiredFieldAdded | Self::RequiredParameterAdded => Some(Item::Field),
            Self::ValueAdded => Some(Item::Value),
            Self::OperationAdded => Some(Item::Operation),
            Self::ParameterAdded => Some(Item::Parameter),
            Self::EventObjectAdded => Some(Item::EventObject),
            Self::ConstructorAdded => Some(Item::Constructor),
            Self::ObjectConstantAdded => Some(Item::ObjectConstant),
            Self::PagingAdded => Some(Item::Paging),
            _ => None,
        }
    }

    /// Whether a whole item was added or removed, so that its parts need no change of their own.
    #[must_use]
    pub fn is_whole(self) -> bool {
        let item = self.removed().or(self.added());
        matches!(item, Some(Item::Type | Item::Field | Item::Value | Item::Operation | Item::Parameter))
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its severity.
    pub class: Class,
    /// What happened to what.
    pub kind: ChangeKind,
    /// Affected Rust items, as paths: `fc_types::Session::client_secret`. The first one identifies the change.
    pub rust: Vec<String>,
    /// Places of the spec, as [wire paths](crate::generator::wire). The first one identifies the change.
    pub wire: Vec<String>,
    /// The difference, and the reason for the class.
    pub reason: String,
    /// Instruction for callers; empty if there is nothing to do.
    pub migration: String,
    /// Possible new name of the item, found by similarity. A person decides.
    pub rename_candidate: Option<String>,
    /// Whether a recorded payload of the older version may fail to decode.
    pub refuses_older_payloads: bool,
}

impl Change {
    pub(super) fn new(class: Class, kind: ChangeKind, rust: impl Into<String>, wire: &[String]) -> Self {
        Self {
            class,
            kind,
            rust: vec![rust.into()],
            wire: wire.to_vec(),
            reason: String::new(),
            migration: String::new(),
            rename_candidate: None,
            refuses_older_payloads: false,
        }
    }

    pub(super) fn also(mut self, items: impl IntoIterator<Item = String>) -> Self {
        self.rust.extend(items);
        self
    }

    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    pub(super) fn migrate(mut self, migration: impl Into<String>) -> Self {
        self.migration = migration.into();
        self
    }

    pub(super) fn refusing_older_payloads(mut self, refuses: bool) -> Self {
        self.refuses_older_payloads = refuses;
        self
    }
}
