//! The regions of AWS, and which of them an account has to ask for.

/// One region.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Region {
    pub(crate) name: &'static str,
    /// Whether it is closed to an account until the account opens it. Every region since 2019 is.
    pub(crate) opt_in: bool,
}

const fn open(name: &'static str) -> Region {
    Region { name, opt_in: false }
}

const fn on_request(name: &'static str) -> Region {
    Region { name, opt_in: true }
}

/// All of them, by name.
pub(crate) const REGIONS: &[Region] = &[
    on_request("af-south-1"),
    on_request("ap-east-1"),
    on_request("ap-east-2"),
    open("ap-northeast-1"),
    open("ap-northeast-2"),
    open("ap-northeast-3"),
    open("ap-south-1"),
    on_request("ap-south-2"),
    open("ap-southeast-1"),
    open("ap-southeast-2"),
    on_request("ap-southeast-3"),
    on_request("ap-southeast-4"),
    on_request("ap-southeast-5"),
    on_request("ap-southeast-6"),
    on_request("ap-southeast-7"),
    open("ca-central-1"),
    on_request("ca-west-1"),
    open("eu-central-1"),
    on_request("eu-central-2"),
    open("eu-north-1"),
    on_request("eu-south-1"),
    on_request("eu-south-2"),
    open("eu-west-1"),
    open("eu-west-2"),
    open("eu-west-3"),
    on_request("il-central-1"),
    on_request("me-central-1"),
    on_request("me-south-1"),
    on_request("mx-central-1"),
    open("sa-east-1"),
    open("us-east-1"),
    open("us-east-2"),
    open("us-west-1"),
    open("us-west-2"),
];

/// The region of this name.
pub(crate) fn find(name: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.name == name)
}
