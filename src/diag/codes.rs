//! The registry of codes: one line each. A number is never used again; its page stays when it retires.
//!
//! `T00` text and syntax, `T01` names and blocks, `T02` types and values, `T03` layers and formulas, `T04` data files,
//! `T05` tenants and placement, `T06` schemas and SQL, `T07` engines, settings and budgets, `T08` rules and targets,
//! `T09` the output tree.

use super::Severity;

macro_rules! codes {
    ($($variant:ident $id:literal $name:literal $severity:ident;)*) => {
        /// A kind of fault: `T0102 duplicate-name`. Documented in `lang/errors/<id>.md`.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code { $(#[doc = concat!("`", $id, "` ", $name)] $variant,)* }

        impl Code {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// `T0102`.
            #[must_use]
            pub const fn id(self) -> &'static str { match self { $(Self::$variant => $id,)* } }

            /// `duplicate-name`.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)* } }

            /// How bad it is by itself.
            #[must_use]
            pub const fn severity(self) -> Severity { match self { $(Self::$variant => Severity::$severity,)* } }

            /// Its page, as Markdown.
            #[must_use]
            pub const fn page(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("../../lang/errors/", $id, ".md")),)* }
            }
        }
    };
}

codes! {
    UnreadableText "T0001" "unreadable-text" Error;
    OddCharacter "T0002" "odd-character" Error;
    UnclosedString "T0003" "unclosed-string" Error;
    Syntax "T0004" "syntax" Error;
    TooDeep "T0005" "too-deep" Error;
    UnclosedBrace "T0006" "unclosed-brace" Error;
    BadQuantity "T0007" "bad-quantity" Error;
    BadEscape "T0008" "bad-escape" Error;

    UnknownKind "T0101" "unknown-kind" Error;
    DuplicateName "T0102" "duplicate-name" Error;
    UnknownAttribute "T0103" "unknown-attribute" Error;
    UnknownReference "T0104" "unknown-reference" Error;
    UnknownName "T0105" "unknown-name" Error;
    Cycle "T0106" "cycle" Error;
    NoPlatform "T0107" "no-platform" Error;
    MissingAttribute "T0108" "missing-attribute" Error;
    BlockForm "T0109" "block-form" Error;
    Misplaced "T0110" "misplaced" Error;
    BadUse "T0111" "bad-use" Error;
    BadName "T0112" "bad-name" Error;
    DuplicateAttribute "T0113" "duplicate-attribute" Error;

    TypeMismatch "T0201" "type-mismatch" Error;
    UnitMismatch "T0202" "unit-mismatch" Error;
    UnknownChoice "T0203" "unknown-choice" Error;
    LiteralSecret "T0204" "literal-secret" Error;
    UnknownFunction "T0205" "unknown-function" Error;
    FunctionArguments "T0206" "function-arguments" Error;

    OverridesFinal "T0301" "overrides-final" Error;
    RequireFailed "T0302" "require-failed" Error;
    Arithmetic "T0303" "arithmetic" Error;
    FormulaCycle "T0304" "formula-cycle" Error;
    SharedResize "T0305" "shared-resize" Error;

    DataFile "T0401" "data-file" Error;
    DataRow "T0402" "data-row" Error;
    DuplicateTenant "T0403" "duplicate-tenant" Error;

    OutsideRegions "T0501" "outside-regions" Error;
    LockFile "T0502" "lock-file" Error;
    TenantMoves "T0503" "tenant-moves" Warning;
    UnsupportedIsolation "T0504" "unsupported-isolation" Error;
    Schedule "T0505" "schedule" Error;
    ManyInstances "T0530" "many-instances" Warning;

    BadSql "T0601" "bad-sql" Error;
    UnknownColumnType "T0602" "unknown-column-type" Error;
    LeakyReference "T0603" "leaky-reference" Error;
    TenantColumn "T0604" "tenant-column" Error;
    NotCarried "T0605" "not-carried" Error;
    NameTooLong "T0606" "name-too-long" Error;
    SharedReference "T0607" "shared-reference" Error;
    BuildDecides "T0609" "build-decides" Warning;
    ViewAsOwner "T0610" "view-as-owner" Error;
    MaterializedView "T0611" "materialized-view" Error;
    FunctionAsOwner "T0612" "function-as-owner" Error;
    UnsafeFunction "T0613" "unsafe-function" Error;
    SharedWrite "T0614" "shared-write" Error;
    PartitionKey "T0615" "partition-key" Error;
    KeySpansTenants "T0616" "key-spans-tenants" Warning;
    SharedCounter "T0617" "shared-counter" Warning;
    UnreachablePersonal "T0618" "unreachable-personal" Error;
    UnseenColumn "T0620" "unseen-column" Error;
    UnsealedColumn "T0621" "unsealed-column" Error;
    ErasureNotTold "T0622" "erasure-not-told" Error;

    UnknownSetting "T0701" "unknown-setting" Error;
    SettingVersion "T0702" "setting-version" Error;
    OutOfRange "T0703" "out-of-range" Error;
    FixedSetting "T0704" "fixed-setting" Error;
    UnknownVersion "T0705" "unknown-version" Error;
    ConnectionBudget "T0706" "connection-budget" Error;
    MemoryBudget "T0707" "memory-budget" Error;
    OrderedPair "T0708" "ordered-pair" Error;
    UnknownExtension "T0709" "unknown-extension" Warning;
    QuotaBudget "T0710" "quota-budget" Warning;
    LockBudget "T0720" "lock-budget" Warning;
    IndexBesidePolicy "T0721" "index-beside-policy" Warning;
    Whale "T0722" "whale" Warning;
    ObjectBudget "T0730" "object-budget" Error;
    ManyObjects "T0731" "many-objects" Warning;
    RefusedShape "T0732" "refused-shape" Error;
    EditionLacks "T0733" "edition-lacks" Error;
    BalancerServers "T0734" "balancer-servers" Error;
    NoImage "T0750" "no-image" Error;
    CellBudget "T0751" "cell-budget" Error;
    NoBackup "T0752" "no-backup" Warning;
    SeldomBackup "T0753" "seldom-backup" Error;

    PolicyFailed "T0801" "policy-failed" Error;
    WaiverUnused "T0802" "waiver-unused" Warning;
    CloudLimit "T0803" "cloud-limit" Error;
    TargetPack "T0804" "target-pack" Error;
    StateBudget "T0805" "state-budget" Warning;
    UnknownService "T0806" "unknown-service" Error;
    NetworkParts "T0807" "network-parts" Error;
    MaintenanceWindow "T0808" "maintenance-window" Warning;
    NetworkRange "T0840" "network-range" Error;
    StoreVanished "T0841" "store-vanished" Error;
}

impl Code {
    /// True for faults of text and syntax, behind which a part of the file is unread.
    #[must_use]
    pub fn is_syntax(self) -> bool {
        self.id().starts_with("T00")
    }

    /// The code of this id, in any case.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id) || code.name() == id)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
