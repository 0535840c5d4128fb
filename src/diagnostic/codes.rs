//! Every error and warning that rolehop can show, by its stable code.
//!
//! Owns: the codes, their meanings, and how a command that fails with each of them ends. INVARIANT: a code keeps its meaning
//! forever: the compiler rejects a number that is given twice, and retired numbers are never reused.

use super::exit::Exit;

macro_rules! codes {
    ($($(#[doc = $about:literal])+ $name:ident = $number:literal => $exit:ident;)+) => {
        /// A stable code: `E` and three digits. E1xx credentials, E2xx collection, E3xx configuration and usage, E4xx questions,
        /// E5xx snapshots, E6xx output, E9xx defects.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Code {
            $($(#[doc = $about])+ $name = $number,)+
        }

        impl Code {
            /// All codes, by number.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// `E101`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("E", stringify!($number)),)+
                }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($about,)+).trim_ascii(),)+
                }
            }

            /// How a command that fails with it ends. For a warning, or a message about some accounts: what it makes of an
            /// otherwise clean end.
            #[must_use]
            pub fn exit(self) -> Exit {
                match self {
                    $(Self::$name => Exit::$exit,)+
                }
            }
        }
    };
}

codes! {
    /// No AWS credentials were found.
    NoCredentials = 101 => CouldNotStart;
    /// The profile that was named does not exist.
    NoSuchProfile = 102 => CouldNotStart;
    /// The AWS credentials cannot be used.
    BadCredentials = 103 => CouldNotStart;
    /// The sign-in has expired, or there is none.
    SignInExpired = 104 => CouldNotStart;
    /// AWS does not accept the credentials, or they expired before the end.
    CredentialsRefused = 105 => CouldNotStart;
    /// AWS was not reached, or what answered is not AWS.
    AwsNotReached = 106 => CouldNotStart;
    /// The profile needs an MFA code, and there is no terminal to ask for it.
    MfaCodeNeeded = 107 => CouldNotStart;
    /// The profile refers to something that is missing, or to itself.
    BadProfile = 108 => CouldNotStart;

    /// The accounts of the organization could not be listed.
    AccountsNotListed = 201 => CouldNotStart;
    /// The deadline passed before an account could be read.
    DeadlineAtStart = 202 => CouldNotStart;
    /// The role could not be assumed.
    RoleNotAssumed = 210 => Incomplete;
    /// No account could be read.
    NothingRead = 211 => CouldNotStart;
    /// A call was denied.
    CallDenied = 212 => Incomplete;
    /// A service control policy denied a call.
    DeniedByScp = 213 => Incomplete;
    /// The list of accounts cannot be right.
    ImpossibleAccountList = 214 => CouldNotStart;
    /// Accounts were not tried, since the role could not be assumed in any of those before them.
    NotTried = 215 => Incomplete;
    /// No account is left to read.
    NothingSelected = 216 => Usage;
    /// Data of the organization could not be read.
    OrganizationNotRead = 220 => Incomplete;
    /// An answer of AWS was incomplete or unusable.
    UnusableAnswer = 231 => Incomplete;
    /// A call had no answer, attempt after attempt: throttled, not reached, or what answered cannot prove that it is AWS.
    NoAnswer = 232 => Incomplete;
    /// A call failed.
    CallFailed = 233 => Incomplete;
    /// The credentials expired before all accounts could be read.
    CredentialsExpired = 234 => Incomplete;
    /// Accounts were not read before the deadline.
    Deadline = 235 => Incomplete;
    /// AWS calls every new session expired.
    SessionExpired = 236 => Incomplete;
    /// The snapshot cannot be resumed with these options.
    CannotResume = 251 => Usage;
    /// The emulator could not be started.
    EmulatorNotStarted = 280 => CouldNotStart;
    /// The collection was interrupted.
    Interrupted = 290 => Interrupted;

    /// An option or argument is not understood, or does not fit the others.
    Usage = 300 => Usage;
    /// The configuration file cannot be read.
    ConfigNotRead = 301 => Usage;
    /// The configuration file has a key or value that is not understood.
    ConfigNotUnderstood = 302 => Usage;
    /// The configuration file is of a version that is not understood.
    ConfigVersion = 303 => Usage;
    /// A waiver lacks something, or cannot be used.
    BadWaiver = 304 => Usage;
    /// A waiver has expired.
    WaiverExpired = 305 => Clean;
    /// A waiver fits no finding (a warning), or a list of accounts cannot be used.
    UnusableList = 306 => Usage;
    /// A waiver expires within 14 days.
    WaiverExpiresSoon = 307 => Clean;
    /// A baseline cannot be read or used.
    BadBaseline = 308 => Usage;
    /// An expectation lacks something, names a target that does not exist, or (a warning) names nobody.
    BadExpectation = 309 => Usage;
    /// No rule has this id, or the requests to simulate cannot be read.
    NotFound = 310 => Usage;
    /// A rule has no such setting, or the requests to simulate are not of the documented shape.
    UnknownKey = 311 => Usage;
    /// A setting of a rule has the wrong type, or a request to simulate cannot be decided.
    WrongType = 312 => Usage;
    /// A setting of a rule has a value that the rule does not understand.
    BadValue = 313 => Usage;
    /// A rule of your own cannot be read or used.
    BadRule = 314 => Usage;
    /// A sheet of a review cannot be read.
    BadSheet = 315 => Usage;
    /// A list of who needs which roles cannot be used.
    BadNeeds = 316 => Usage;
    /// A sheet of a review is of another organization than the snapshot, or later than it.
    SheetElsewhere = 317 => Usage;
    /// A file of Terraform or CloudFormation that `--iac` names cannot be read.
    SourceNotRead = 330 => Clean;
    /// A setting of the collection has a value that is not allowed.
    BadSetting = 381 => Usage;
    /// LOG_SENSITIVE_BODIES is set, with which the AWS SDK writes credentials into its log.
    SensitiveLogging = 382 => Usage;
    /// No organization of this size can be generated.
    ImpossibleSize = 390 => Usage;

    /// The name fits nothing in the snapshot.
    NameUnknown = 401 => Usage;
    /// The name fits more than one.
    NameAmbiguous = 402 => Usage;
    /// The selectors of a target match no account, or no role of it.
    EmptyTarget = 403 => Usage;
    /// The name is not that of a role.
    NotARole = 404 => Usage;
    /// The name stands for more than one user, role, service or provider where one is asked for.
    NotOne = 405 => Usage;
    /// A review would not be whole: data that could add lines was not read.
    ReviewNotWhole = 406 => Incomplete;
    /// Whether there is anything to plan is not known: data was not read.
    PlanNotWhole = 407 => Incomplete;

    /// There is no snapshot.
    NoSnapshot = 501 => BadSnapshot;
    /// The directory holds no file of a snapshot.
    EmptySnapshot = 502 => BadSnapshot;
    /// A newer rolehop wrote the snapshot.
    SnapshotTooNew = 503 => BadSnapshot;
    /// A file of the snapshot cannot be read.
    SnapshotNotRead = 504 => BadSnapshot;
    /// A file of the snapshot is damaged, or not of the documented shape.
    BadFile = 505 => BadSnapshot;
    /// A file of the snapshot was changed after it was written, or is missing.
    SnapshotChanged = 506 => BadSnapshot;
    /// It is not clear of which account a file is.
    WhoseFile = 507 => BadSnapshot;
    /// A file of the snapshot is a link, or no plain file.
    NoPlainFile = 508 => BadSnapshot;
    /// A file of the snapshot is too large.
    FileTooLarge = 509 => BadSnapshot;
    /// Saved data of AWS cannot be used.
    BadImport = 510 => BadSnapshot;
    /// The snapshot is not part of a collection in shards.
    NoPart = 521 => Usage;
    /// The parts are not of one collection.
    MixedParts = 522 => Usage;
    /// The parts were read too far apart in time.
    PartsFarApart = 523 => Usage;
    /// Parts are missing.
    PartsMissing = 524 => Incomplete;
    /// A snapshot took the place of one that had accounts which it lacks.
    SnapshotShrank = 525 => Clean;
    /// An object of a snapshot in an object store cannot be read.
    ObjectNotRead = 531 => BadSnapshot;
    /// The emulator cannot read a file.
    EmulatorFileNotRead = 581 => BadSnapshot;
    /// A file that the emulator is to serve is no JSON object.
    EmulatorBadJson = 582 => BadSnapshot;
    /// A file that the emulator is to serve is not named after an account.
    EmulatorNotAnAccount = 583 => BadSnapshot;
    /// A file that the emulator is to serve is there both plain and compressed.
    EmulatorTwice = 584 => BadSnapshot;
    /// The emulator has no account to serve.
    EmulatorNoAccount = 585 => BadSnapshot;

    // 601 is retired: a reader that goes away ends no command
    /// The output cannot be written.
    OutputNotWritten = 602 => CouldNotWrite;
    /// What is to be written would take the place of something that nobody said may be replaced.
    OutputExists = 603 => CouldNotWrite;
    /// The snapshot cannot be written.
    SnapshotNotWritten = 611 => CouldNotWrite;
    /// Another run is writing this snapshot.
    SnapshotLocked = 612 => CouldNotWrite;
    /// An object of a snapshot in an object store cannot be written.
    ObjectNotWritten = 621 => CouldNotWrite;
    /// The directory for a generated organization is not empty.
    DirectoryNotEmpty = 690 => CouldNotWrite;
    /// A file of a generated organization cannot be written.
    GeneratedNotWritten = 691 => CouldNotWrite;

    /// A defect of rolehop.
    Defect = 901 => Internal;
    /// A defect of rolehop that lost an account; the others are not affected.
    DefectOfAccount = 902 => Incomplete;
    /// A defect of rolehop: the card of a rule cannot be used.
    BadCard = 903 => Internal;
    /// The emulator cannot listen.
    EmulatorNotListening = 981 => CouldNotStart;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_and_say_what_they_mean() {
        assert!(Code::ALL.is_sorted());
        for code in Code::ALL {
            assert!(code.as_str().len() == 4 && code.description().ends_with('.'), "{}", code.as_str());
        }
    }
}
