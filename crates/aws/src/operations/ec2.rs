//! Operations of `ec2`.

crate::operations! {
    service: "ec2", prefix: "ec2";
}
